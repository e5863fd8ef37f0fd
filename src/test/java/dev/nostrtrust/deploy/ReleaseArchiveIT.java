package dev.nostrtrust.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.Program;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The release as who downloads it runs it: unpacked, from a link to its start script, with nothing configured but
 * ports.
 */
class ReleaseArchiveIT {
    @TempDir
    private Path directory;

    private final int port = Program.freePort();
    private final int managementPort = Program.freePort();

    private static Path archive() throws IOException {
        try (var files = Files.list(Path.of("target"))) {
            return files.filter(file -> file.toString().endsWith(".tar.gz"))
                    .findFirst()
                    .orElseThrow()
                    .toAbsolutePath();
        }
    }

    private Process run(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output().toFile()));
        builder.environment()
                .putAll(Map.of(
                        "JAVA_HOME", System.getProperty("java.home"),
                        "JAVA_OPTS", "-Xmx256m -XX:+UseSerialGC",
                        "HTTP_PORT", Integer.toString(port),
                        "MANAGEMENT_PORT", Integer.toString(managementPort)));
        return builder.start();
    }

    private Path output() {
        return directory.resolve("output.log");
    }

    private int finish(Process process) throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private Path unpack() throws IOException, InterruptedException {
        Path home = Files.createDirectory(directory.resolve("a release"));
        assertThat(finish(run("tar", "xzf", archive().toString(), "-C", home.toString(), "--strip-components=1")))
                .isZero();
        return home;
    }

    @Test
    void every_library_is_in_the_bill_of_materials_with_its_licence() throws Exception {
        Path home = unpack();
        Path bill = home.resolve("sbom.cdx.json");
        assumeTrue(Files.exists(bill), "SKIPPED: Maven makes none without the network");

        JsonNode components = Api.JSON.readTree(Files.readString(bill)).get("components");

        assertThat(components).allSatisfy(component -> assertThat(component.path("licenses"))
                .as(component.path("name").asText())
                .isNotEmpty());
        try (var jars = Files.list(home.resolve("lib"))) {
            assertThat(jars.map(jar -> jar.getFileName().toString())
                            .filter(jar -> !jar.startsWith("nostr-trust-engine")))
                    .containsExactlyInAnyOrderElementsOf(StreamSupport.stream(components.spliterator(), false)
                            .map(component -> component.get("name").asText() + "-"
                                    + component.get("version").asText() + ".jar")
                            .toList());
        }
    }

    @Test
    void an_unpacked_release_serves_and_stops_when_told_to() throws Exception {
        Path home = unpack();
        String start = Files.createSymbolicLink(directory.resolve("nostr-trust"), home.resolve("bin/nostr-trust"))
                .toString();

        Process server = run(start);
        try {
            Waiting.until(() -> !server.isAlive() || Program.health(managementPort) == 200);
            int demonstration = finish(run(start, "demo"));
            server.destroy();

            assertThat(demonstration).as(Files.readString(output())).isZero();
            assertThat(Files.readString(output())).contains("try it       " + start + " demo ");
            assertThat(finish(server)).as("exit status after SIGTERM").isEqualTo(143);
            assertThat(directory.resolve("data")).as("where it was started").isDirectory();
            assertThat(List.of("LICENSE", "conf/application.properties", "docs/deployment.md"))
                    .allSatisfy(file -> assertThat(home.resolve(file)).isRegularFile());
        } finally {
            server.destroyForcibly();
        }
    }
}
