package dev.nostrtrust.demo;

import dev.nostrtrust.platform.LocalSecrets;
import dev.nostrtrust.platform.Settings;
import dev.nostrtrust.platform.SettingsReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the demonstration against a server; anything that is not as documented is a failure. */
@Command(
        name = "demo",
        description = "Drives a running server as a browser and a worker would, and checks what it says.")
public final class DemoCommand implements Callable<Integer> {
    @Option(names = "--url", description = "The server's address; by default the local one at HTTP_PORT.")
    private @Nullable String url;

    @Option(names = "--worker-token", description = "A worker's token; by default the one in DATA_DIR.")
    private @Nullable String workerToken;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Settings settings = SettingsReader.ofProcess().settings();
        PrintWriter out = spec.commandLine().getOut();
        String address = url == null ? "http://localhost:" + settings.httpPort() : url;
        String token = workerToken == null ? localToken(settings) : workerToken;
        new Demo(new DemoClient(address), token, out).run();
        out.flush();
        return 0;
    }

    private static String localToken(Settings settings) {
        Path file = LocalSecrets.of(settings.dataDir()).file(LocalSecrets.WORKER_TOKEN);
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "There is no worker token in " + file + ". Start a server first: " + Invocation.of("serve"), e);
        }
    }
}
