package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a newcomer runs it: a process of its own, with an embedded PostgreSQL, killed and started again. */
class ServeProcessTest {
    @TempDir
    private Path data;

    private final int port = FreePorts.next();
    private final int managementPort = FreePorts.next();

    private Process run(String... arguments) throws IOException {
        return run(Map.of(), arguments);
    }

    private Process run(Map<String, String> settings, String... arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Program.command(List.of("-Xmx256m", "-Djava.io.tmpdir=/nowhere"), arguments))
                .directory(data.toFile())
                .redirectErrorStream(true);
        builder.redirectOutput(
                data.resolve("output-" + System.nanoTime() + ".log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "DATA_DIR", data.toString(),
                        "HTTP_PORT", Integer.toString(port),
                        "MANAGEMENT_PORT", Integer.toString(managementPort),
                        "LC_ALL", "de_DE.ISO-8859-1"));
        builder.environment().putAll(settings);
        return builder.start();
    }

    private Process serve() throws IOException {
        Process server = run("serve");
        Waiting.until(() -> !server.isAlive() || Program.health(managementPort) == 200);
        assertThat(server.isAlive()).as(outputs()).isTrue();
        return server;
    }

    private String outputs() {
        StringBuilder all = new StringBuilder();
        try (var files = Files.list(data)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".log"))
                    .sorted()
                    .toList()) {
                all.append(Files.readString(file, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toString();
    }

    private int finish(Process process) throws InterruptedException {
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    @Tag("full")
    void a_server_that_was_killed_starts_again_on_the_same_data_and_stops_when_told_to() throws Exception {
        Process first = serve();
        // It greets once it serves: who asks for its health may be sooner.
        Waiting.until(() -> outputs().contains("worker token eyJ"));
        assertThat(outputs()).contains("http://localhost:" + port);
        assertThat(finish(run("demo"))).as(outputs()).isZero();
        assertThat(finish(run("replay")))
                .as("a replay beside the running server: " + outputs())
                .isZero();
        Process rival = run("serve");
        assertThat(finish(rival)).as("a second server on the same directory").isEqualTo(1);
        assertThat(outputs()).contains("Another server is running on");
        Process neighbour = run(Map.of("DATA_DIR", data.resolve("other").toString()), "serve");
        assertThat(finish(neighbour)).as("a second server on the same port").isEqualTo(1);
        assertThat(outputs())
                .contains("HTTP_PORT " + port + " on 0.0.0.0 is in use")
                .doesNotContain("BindException", "PgException");
        first.destroyForcibly().waitFor();

        Process second = serve();
        Process token = run("token", "mint", "--scope", "service", "--name", "test");
        assertThat(finish(token)).isZero();
        String service = outputs()
                .lines()
                .filter(line -> line.startsWith("eyJ"))
                .findFirst()
                .orElseThrow();
        HttpResponse<String> feed = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/trust/events"))
                                .header("Authorization", "Bearer " + service)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        second.destroy();

        assertThat(Api.JSON.readTree(feed.body()).get("events"))
                .as("facts that survived")
                .hasSize(4);
        assertThat(finish(second)).as("exit status after SIGTERM").isEqualTo(143);
        assertThat(finish(run("migrate"))).as(outputs()).isZero();
        assertThat(finish(run("replay"))).as(outputs()).isZero();
        assertThat(outputs().lines().filter(line -> line.startsWith("entries     4 ")))
                .hasSize(2);
    }
}
