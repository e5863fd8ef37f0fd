package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.TestServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A real client that is not ours: nostr-tools, run by Node. Skipped, and said so, where there is no Node with npm. */
class NostrToolsLoginTest {
    private static final Path SOURCE = Path.of("src/test/js");
    private static final Path PLACE = Path.of("target/nostr-tools");

    @Test
    void nostr_tools_signs_the_template_as_it_is_and_is_let_in() throws Exception {
        boolean there = succeeds(Path.of("."), "node", "--version") && installed();
        if (System.getenv("CI") == null) {
            assumeTrue(there, "SKIPPED: no node with npm and nostr-tools on this machine");
        }
        assertThat(there).as("node and nostr-tools, which CI has to have").isTrue();

        try (TestServer server = TestServer.start()) {
            Process login = start(PLACE, "node", "login.mjs", "http://127.0.0.1:" + server.port());
            String output = new String(login.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(login.waitFor()).as(output).isZero();

            JsonNode answer = Api.JSON.readTree(output);
            assertThat(answer.get("status").asInt()).as(output).isEqualTo(200);
            assertThat(answer.get("pubkey")).isEqualTo(answer.get("signer"));
            assertThat(answer.get("trust_tier").asText()).isEqualTo("new");
        }
    }

    private static boolean installed() throws IOException, InterruptedException {
        Files.createDirectories(PLACE);
        for (String file : List.of("package.json", "package-lock.json", "login.mjs")) {
            Files.copy(SOURCE.resolve(file), PLACE.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        return Files.isDirectory(PLACE.resolve("node_modules/nostr-tools"))
                || succeeds(PLACE, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
    }

    private static boolean succeeds(Path directory, String... command) throws InterruptedException {
        try {
            Process process = start(directory, command);
            process.getInputStream().transferTo(OutputStream.nullOutputStream());
            return process.waitFor(3, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException notThere) {
            return false;
        }
    }

    private static Process start(Path directory, String... command) throws IOException {
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
    }
}
