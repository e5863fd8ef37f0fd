package dev.nostrtrust.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.TestDatabases;
import dev.nostrtrust.TestServer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The server as a process of its own, so that load, heap and resident memory are told apart from the generator's. */
final class ServerProcess implements AutoCloseable {
    private final Process process;
    private final Path log;
    private final int port = freePort();
    private final int managementPort = freePort();

    private ServerProcess(String heap, Map<String, String> settings) throws IOException {
        Path directory = Files.createDirectories(Path.of("target", "storm"));
        log = directory.resolve("server-" + port + ".log");
        ProcessBuilder builder = new ProcessBuilder(command(heap))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        Map<String, String> all = new TreeMap<>(Map.of(
                "HTTP_HOST",
                "127.0.0.1",
                "HTTP_PORT",
                Integer.toString(port),
                "MANAGEMENT_PORT",
                Integer.toString(managementPort),
                "DATABASE_URL",
                TestDatabases.fresh().url(),
                "PUBLIC_ORIGINS",
                TestServer.ORIGIN,
                "TOKEN_KEYS",
                "first:" + TestServer.TOKEN_KEY,
                "CHALLENGE_KEYS",
                "first:" + TestServer.CHALLENGE_KEY));
        all.putAll(settings);
        builder.environment().putAll(all);
        process = builder.start();
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

    int port() {
        return port;
    }

    int managementPort() {
        return managementPort;
    }

    boolean isReady() {
        URI uri = URI.create("http://127.0.0.1:" + managementPort + "/health/ready");
        try {
            return HttpClient.newHttpClient()
                            .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
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
        while (!isReady()) {
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

    private static List<String> command(String heap) {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String here = String.join(
                File.pathSeparator,
                Arrays.stream(classPath.split(File.pathSeparator, -1))
                        .filter(entry -> !entry.isEmpty())
                        .map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .toList());
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ArrayList<>(List.of(java, "-Xmx" + heap, "-cp", here, "dev.nostrtrust.Main", "serve"));
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
