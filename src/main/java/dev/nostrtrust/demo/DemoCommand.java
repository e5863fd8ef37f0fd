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

/** Runs the demonstration against a server. Fails if a result differs from the documentation. */
@Command(name = "demo", description = "Runs a login and jobs against a running server and checks the results.")
public final class DemoCommand implements Callable<Integer> {
    private static final String TOKEN_HINT = "Create one with the settings of that server, "
            + Invocation.of("token mint --scope worker") + ", and pass it as --worker-token.";

    @Option(names = "--url", description = "Address of the server. Default: localhost at HTTP_PORT.")
    private @Nullable String url;

    @Option(
            names = "--worker-token",
            description =
                    "A worker's token, from token mint --scope worker. Default: the token in DATA_DIR, which only a server"
                            + " without DATABASE_URL creates.")
    private @Nullable String workerToken;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final Supplier<SettingsReader> reader;

    /**
     * Creates the command.
     *
     * @param reader settings of the process, read when the command runs
     */
    public DemoCommand(Supplier<SettingsReader> reader) {
        this.reader = reader;
    }

    @Override
    public Integer call() {
        Settings settings = reader.get().settings();
        PrintWriter out = spec.commandLine().getOut();
        String address = url == null ? "http://localhost:" + settings.httpPort() : base(url);
        String token = workerToken == null ? localToken(settings) : parseToken(workerToken);
        new Demo(new DemoClient(address), token, out).run();
        out.flush();
        return 0;
    }

    private static String base(String url) {
        if (!url.matches("https?://[^\\s@]+")) {
            throw new IllegalStateException("--url must be an address such as http://localhost:8080");
        }
        return url.replaceFirst("/+$", "");
    }

    /** Removes ANSI colour sequences, which a copied token may contain. */
    private static String parseToken(String text) {
        String token = text.replaceAll("\u001B\\[[0-9;]*[A-Za-z]", "").strip();
        if (!token.matches("[A-Za-z0-9_.-]+")) {
            throw new IllegalStateException("--worker-token contains characters that no token has. " + TOKEN_HINT);
        }
        return token;
    }

    private static String localToken(Settings settings) {
        if (settings.databaseUrl().isPresent()) {
            throw new IllegalStateException("A server with DATABASE_URL does not create a worker token. " + TOKEN_HINT);
        }
        Path file = LocalSecrets.of(settings.dataDir()).file(LocalSecrets.WORKER_TOKEN);
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "There is no worker token in " + file + ". Start a server first: " + Invocation.of("serve")
                            + "\nA server with DATABASE_URL does not create a worker token. " + TOKEN_HINT,
                    e);
        }
    }
}
