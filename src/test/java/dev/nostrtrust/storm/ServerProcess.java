package dev.nostrtrust.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import dev.nostrtrust.fixture.TestDatabases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The server as a process of its own, so that load, heap and resident memory are told apart from the generator's. */
final class ServerProcess implements AutoCloseable {
    private final Process process;
    private final Path log;
    private final DatabaseAddress database = TestDatabases.fresh();
    private final int port = FreePorts.next();
    private final int managementPort = FreePorts.next();

    private ServerProcess(String heap, Map<String, String> settings) throws IOException {
        Path directory = Files.createDirectories(Path.of("target", "storm"));
        log = directory.resolve("server-" + port + ".log");
        ProcessBuilder builder = new ProcessBuilder(Program.command(options(heap), "serve"))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(Program.settings(port, managementPort, database.url()));
        builder.environment().putAll(settings);
        process = builder.start();
    }

    /** What docs/operations.md advises: a heap of one size, and a collector that does not stop the server for long. */
    private static List<String> options(String heap) {
        return List.of("-Xms" + heap, "-Xmx" + heap, "-XX:+AlwaysPreTouch", "-XX:+UseShenandoahGC");
    }

    /** A server that is ready, with this much heap, such as 256m. */
    static ServerProcess start(String heap, Map<String, String> settings) {
        try {
            ServerProcess server = new ServerProcess(heap, settings);
            server.awaitReady();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    DatabaseAddress database() {
        return database;
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    /** The resident memory of the process in MiB. */
    long residentMebibytes() {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }

    private void awaitReady() throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (Program.health(managementPort) != 200) {
            assertThat(process.isAlive() && System.nanoTime() < end)
                    .as(Files.readString(log))
                    .isTrue();
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
