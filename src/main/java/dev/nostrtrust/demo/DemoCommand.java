package dev.nostrtrust.demo;

import dev.nostrtrust.config.LocalSecrets;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
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
    private static final String GIVE_ONE = "Make one with the settings of that server, "
            + Invocation.of("token --scope worker") + ", and give it as --worker-token.";

    @Option(names = "--url", description = "The server's address; by default the local one at HTTP_PORT.")
    private @Nullable String url;

    @Option(
            names = "--worker-token",
            description =
                    "A worker's token, as token --scope worker makes them; by default the one in DATA_DIR, which only a server"
                            + " without DATABASE_URL makes.")
    private @Nullable String workerToken;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final Supplier<SettingsReader> reader;

    /**
     * Makes the command.
     *
     * @param reader the settings of the process, read when it runs
     */
    public DemoCommand(Supplier<SettingsReader> reader) {
        this.reader = reader;
    }

    @Override
    public Integer call() {
        Settings settings = reader.get().settings();
        PrintWriter out = spec.commandLine().getOut();
        String address = url == null ? "http://localhost:" + settings.httpPort() : base(url);
        String token = workerToken == null ? localToken(settings) : given(workerToken);
        new Demo(new DemoClient(address), token, out).run();
        out.flush();
        return 0;
    }

    private static String base(String url) {
        if (!url.matches("https?://[^\\s@]+")) {
            throw new IllegalStateException("--url has to be an address such as http://localhost:8080");
        }
        return url.replaceFirst("/+$", "");
    }

    /** Programs that print in colour put escape sequences around what a shell takes for the token. */
    private static String given(String text) {
        String token = text.replaceAll("\u001B\\[[0-9;]*[A-Za-z]", "").strip();
        if (!token.matches("[A-Za-z0-9_.-]+")) {
            throw new IllegalStateException("--worker-token holds characters that no token has. " + GIVE_ONE);
        }
        return token;
    }

    private static String localToken(Settings settings) {
        if (settings.databaseUrl().isPresent()) {
            throw new IllegalStateException("A server with DATABASE_URL makes no worker token by itself. " + GIVE_ONE);
        }
        Path file = LocalSecrets.of(settings.dataDir()).file(LocalSecrets.WORKER_TOKEN);
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "There is no worker token in " + file + ". Start a server first: " + Invocation.of("serve")
                            + "\nOne with DATABASE_URL makes none by itself. " + GIVE_ONE,
                    e);
        }
    }
}
