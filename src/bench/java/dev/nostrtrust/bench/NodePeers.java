package dev.nostrtrust.bench;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.fixture.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The Node server of src/bench/peers, once with one process and once with two. */
final class NodePeers implements AutoCloseable {
    private static final Path SOURCE = Path.of("src/bench/peers");
    private static final Path PLACE = BenchEnvironment.DIRECTORY.resolve("peer");

    private final @Nullable String missing;
    private final List<Integer> ports = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();

    private NodePeers(@Nullable String missing) {
        this.missing = missing;
    }

    /** Installs the packages and starts the servers, if node and npm are there. */
    static NodePeers start(DatabaseAddress database) throws IOException, InterruptedException {
        NodePeers peers = new NodePeers(install());
        if (peers.missing == null) {
            peers.start(database, 1);
            peers.start(database, 2);
        }
        return peers;
    }

    /** Why there are no servers; null if there are. */
    @Nullable
    String missing() {
        return missing;
    }

    int port(int processes) {
        return ports.get(processes - 1);
    }

    private static @Nullable String install() throws IOException, InterruptedException {
        Files.createDirectories(PLACE);
        for (String file : List.of("package.json", "package-lock.json", "server.mjs")) {
            Files.copy(SOURCE.resolve(file), PLACE.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!succeeds("node", "--version")) {
            return "node is not installed";
        }
        return succeeds("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
                ? null
                : "npm is not installed, or has no network";
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .directory(PLACE.toFile())
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException notInstalled) {
            return false;
        }
    }

    private void start(DatabaseAddress database, int count) throws IOException, InterruptedException {
        int port = FreePorts.next();
        ProcessBuilder builder = new ProcessBuilder("node", "server.mjs")
                .directory(PLACE.toFile())
                .inheritIO();
        builder.environment()
                .putAll(Map.of(
                        "PORT",
                        String.valueOf(port),
                        "DATABASE_URL",
                        database.url(),
                        "ORIGIN",
                        Seed.ORIGIN,
                        "PROCESSES",
                        String.valueOf(count),
                        // The same for both, so that the tokens of one are good for the other.
                        "SECRET",
                        TestServer.TOKEN_KEY,
                        "NODE_ENV",
                        "production"));
        Process process = ChildProcesses.start(builder);
        BenchEnvironment.awaitPort(port, process);
        ports.add(port);
        processes.add(process);
    }

    @Override
    public void close() {
        processes.forEach(Process::destroy);
    }
}
