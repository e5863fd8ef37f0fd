package dev.nostrtrust.bench;

import dev.nostrtrust.app.Main;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The server, a process of its own, without rate limits. */
final class BenchServer implements AutoCloseable {
    private final Process process;
    private final Map<String, String> settings;
    private final int port;

    private BenchServer(Process process, Map<String, String> settings, int port) {
        this.process = process;
        this.settings = settings;
        this.port = port;
    }

    /** Starts the server and waits until it is ready. */
    static BenchServer start(DatabaseAddress database, Path log) throws Exception {
        int port = FreePorts.next();
        int managementPort = FreePorts.next();
        Map<String, String> settings = Program.settings(port, managementPort, database.url());
        // No lease of a claimed job ends during a run.
        settings.put("JOB_LEASE", "1h");
        settings.put("TOKEN_TTL", "1d");
        ProcessBuilder builder = new ProcessBuilder(command("serve")).redirectErrorStream(true);
        builder.redirectOutput(log.toFile());
        builder.environment().putAll(settings);
        Process process = ChildProcesses.start(builder);
        while (Program.health(managementPort) != 200) {
            if (!process.isAlive()) {
                throw new IllegalStateException("the server does not start: " + log);
            }
            Thread.sleep(100);
        }
        return new BenchServer(process, settings, port);
    }

    int port() {
        return port;
    }

    /** A token of a worker or a service. */
    String token(String scope) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command("token", "mint", "--scope", scope, "--name", "bench"));
        builder.environment().putAll(settings);
        Process command = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String token = new String(command.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (command.waitFor() != 0) {
            throw new IllegalStateException("no token of scope " + scope);
        }
        return token;
    }

    /** The command line of the release. */
    private static List<String> command(String... arguments) throws IOException {
        List<String> command = JavaCommand.of(List.of(), ClassPaths.release(), Main.class.getName());
        command.addAll(List.of(arguments));
        return command;
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
