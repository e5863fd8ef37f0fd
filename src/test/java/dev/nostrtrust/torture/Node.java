package dev.nostrtrust.torture;

import dev.nostrtrust.TestServer;
import dev.nostrtrust.platform.DatabaseAddress;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One server, as a process of its own, always on the same port. */
final class Node implements AutoCloseable {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private final String name;
    private final Path directory;
    private final Map<String, String> settings;
    private final int port = freePort();
    private final int managementPort = freePort();
    private @Nullable Process process;

    Node(String name, Path directory, DatabaseAddress database, Map<String, String> settings) {
        this.name = name;
        this.directory = directory;
        this.settings = new TreeMap<>(Map.of(
                "HTTP_HOST",
                "127.0.0.1",
                "HTTP_PORT",
                Integer.toString(port),
                "MANAGEMENT_PORT",
                Integer.toString(managementPort),
                "HTTP_EVENT_LOOPS",
                "1",
                "DATABASE_URL",
                database.url(),
                "PUBLIC_ORIGINS",
                TestServer.ORIGIN,
                "TOKEN_KEYS",
                "first:" + TestServer.TOKEN_KEY,
                "CHALLENGE_KEYS",
                "first:" + TestServer.CHALLENGE_KEY,
                "JOB_LEASE",
                "5s",
                "SHUTDOWN_DELAY",
                "1ms"));
        this.settings.putAll(settings);
    }

    String base() {
        return "http://127.0.0.1:" + port;
    }

    /** Begins to start; see {@link #ready}. */
    void start() {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                "dev.nostrtrust.Main",
                "serve");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve(name + ".log").toFile()));
        builder.environment().putAll(settings);
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean alive() {
        return process != null && process.isAlive();
    }

    /** What its health says: 0 where nobody answers within two seconds. */
    int health() {
        try {
            URI uri = URI.create("http://127.0.0.1:" + managementPort + "/health/ready");
            HttpRequest request =
                    HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2)).build();
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException nobody) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    boolean ready() {
        return health() == 200;
    }

    /** Ends it as the kernel would for want of memory: it is told nothing. */
    void kill() {
        Process victim = running();
        victim.destroyForcibly();
        exited(victim);
    }

    /** Stops it in the middle of whatever it does. */
    void freeze() {
        Postgres.signal(running().pid(), "STOP");
    }

    void goOn() {
        Postgres.signal(running().pid(), "CONT");
    }

    /** Asks it to stop, and waits until it has. */
    void terminate() {
        Process leaving = running();
        leaving.destroy();
        exited(leaving);
    }

    @Override
    public void close() {
        if (alive()) {
            kill();
        }
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }

    private static void exited(Process process) {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a server does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String classPath() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        // An empty entry would be the directory in which the server runs.
        return String.join(
                File.pathSeparator,
                Arrays.stream(all.split(File.pathSeparator, -1))
                        .filter(entry -> !entry.isEmpty())
                        .toList());
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
