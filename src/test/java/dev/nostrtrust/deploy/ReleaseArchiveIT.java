package dev.nostrtrust.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
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
 * The release as the image and who downloads it run it: unpacked, from a link to its start script, with nothing
 * configured but ports.
 */
class ReleaseArchiveIT {
    @TempDir
    private Path directory;

    private final int port = FreePorts.next();
    private final int managementPort = FreePorts.next();

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
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private Path unpack() throws IOException, InterruptedException {
        Path home = directory.resolve("a release");
        String install = Path.of("deploy/release/install").toAbsolutePath().toString();
        assertThat(finish(run(install, home.toString())))
                .as(Files.readString(output()))
                .isZero();
        return home;
    }

    private static Path bill(Path home) {
        Path made = Path.of("target/sbom.cdx.json");
        assertThat(home.resolve(made.getFileName())).hasSameBinaryContentAs(made);
        return made;
    }

    @Test
    void there_is_one_archive_that_can_be_the_release() throws IOException {
        try (var files = Files.list(Path.of("target"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".tar.gz")))
                    .as("release archives in target/; after another version, mvn clean")
                    .hasSize(1);
        }
    }

    @Test
    @Requires(Tool.BILL_OF_MATERIALS)
    void every_library_is_in_the_bill_of_materials_with_its_licence() throws Exception {
        Path home = unpack();

        JsonNode components = Api.JSON.readTree(Files.readString(bill(home))).get("components");

        assertThat(components).allSatisfy(component -> assertThat(component.path("licenses"))
                .as(component.path("name").asText())
                .isNotEmpty());
        try (var jars = Files.list(home.resolve("lib"))) {
            assertThat(jars.map(jar -> jar.getFileName().toString())
                            .filter(jar -> jar.endsWith(".jar") && !jar.startsWith("nostr-trust-engine")))
                    .containsExactlyInAnyOrderElementsOf(StreamSupport.stream(components.spliterator(), false)
                            .map(component -> component.get("name").asText() + "-"
                                    + component.get("version").asText() + ".jar")
                            .toList());
        }
    }

    @Test
    void the_client_of_consumers_and_the_examples_are_in_it() throws Exception {
        Path home = unpack();

        try (var jars = Files.list(home.resolve("client"));
                var libraries = Files.list(home.resolve("lib"))) {
            List<String> servers = libraries
                    .map(jar -> jar.getFileName().toString())
                    .filter(jar -> jar.startsWith("nostr-trust-engine-"))
                    .toList();
            assertThat(jars.map(jar -> jar.getFileName().toString()))
                    .as("of the same version as the server")
                    .containsExactlyElementsOf(servers.stream()
                            .map(jar -> jar.replace("nostr-trust-engine", "nostr-trust-client"))
                            .toList());
        }
        assertThat(home.resolve("examples/cost-router/pom.xml"))
                .hasSameTextualContentAs(Path.of("src/examples/cost-router/pom.xml"));
        assertThat(home.resolve("examples/cost-router/target")).doesNotExist();
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
