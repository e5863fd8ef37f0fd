package dev.nostrtrust.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The browser client as an npm package: its types, and its use by a program that has installed it. */
@Requires(Tool.NODE_MODULES)
@Tag("full")
class ClientPackageTest {
    private static final Path PACKAGE = Path.of("target/npm/package").toAbsolutePath();
    private static final Path WEB = Path.of("src/main/resources/web");
    private static final String TSC = "../node_modules/typescript/bin/tsc";

    private final Path modules = NodeModules.directory();

    /** A folder of its own with all scripts of client and page. */
    private Path scripts(String name) throws IOException {
        Path place = Files.createDirectories(modules.resolve(name));
        try (var files = Files.walk(WEB)) {
            for (Path file : files.filter(it -> it.toString().endsWith(".js")).toList()) {
                Path copy = place.resolve(WEB.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.copy(
                modules.resolve("tsconfig.json"), place.resolve("tsconfig.json"), StandardCopyOption.REPLACE_EXISTING);
        return place;
    }

    @Test
    void the_types_of_client_and_page_hold() throws Exception {
        Path place = scripts("types-check");

        assertThat(NodeModules.run(place, "node", TSC, "-p", ".", "--noEmit")).isEqualTo(new Tool.Outcome(0, ""));

        Path wrong = place.resolve("wrong.js");
        Files.writeString(wrong, "import { TrustClient } from './nostr-trust.js'\nnew TrustClient().signInn()\n");
        Tool.Outcome outcome = NodeModules.run(place, "node", TSC, "-p", ".", "--noEmit");
        Files.delete(wrong);
        assertThat(outcome.output()).contains("wrong.js", "signInn");
    }

    @Test
    void the_declared_types_are_those_of_the_scripts() throws Exception {
        Path place = scripts("types-made");
        Tool.Outcome made = NodeModules.run(
                place,
                "node",
                TSC,
                "--ignoreConfig",
                "--allowJs",
                "--declaration",
                "--emitDeclarationOnly",
                "--target",
                "es2023",
                "--module",
                "nodenext",
                "--outDir",
                "types",
                "nostr-trust.js");
        assertThat(made).isEqualTo(new Tool.Outcome(0, ""));

        assertThat(contents(Path.of("src/main/npm/types")))
                .as("src/main/npm/types; what it should be is in " + place.resolve("types"))
                .isEqualTo(contents(place.resolve("types")));
    }

    private static Map<String, String> contents(Path directory) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return contents;
    }

    @Requires(Tool.NPM)
    @Test
    void a_program_that_installed_it_signs_in_through_a_remote_signer() throws Exception {
        Tool.Outcome packed = NodeModules.run(PACKAGE, "npm", "pack", "--pack-destination", "..");
        assertThat(packed.exitStatus()).as(packed.output()).isZero();
        Path archive = Path.of(
                PACKAGE.getParent().toString(), packed.output().strip().lines().reduce("", (a, b) -> b));
        Tool.Outcome installed = NodeModules.run(
                modules, "npm", "install", "--no-save", "--no-audit", "--no-fund", "--offline", archive.toString());
        assertThat(installed.exitStatus()).as(installed.output()).isZero();

        assertThat(NodeModules.run(
                        modules,
                        "node",
                        "node_modules/typescript/bin/tsc",
                        "--ignoreConfig",
                        "--noEmit",
                        "--strict",
                        "--target",
                        "es2023",
                        "--module",
                        "nodenext",
                        "consumer.ts"))
                .as("the types as a program sees them")
                .isEqualTo(new Tool.Outcome(0, ""));
        try (TestServer server = TestServer.start()) {
            Tool.Outcome run = NodeModules.run(modules, "node", "remote.mjs", "http://127.0.0.1:" + server.port());

            assertThat(run.exitStatus()).as(run.output()).isZero();
            JsonNode came = Api.JSON.readTree(run.output());
            assertThat(came.get("pubkey")).isEqualTo(came.get("user"));
            assertThat(came.get("owner")).isEqualTo(came.get("user"));
            assertThat(came.get("tier").asText()).isEqualTo("new");
            assertThat(List.of(came.get("wrongSecret"), came.get("noAddress"), came.get("refused")))
                    .extracting(JsonNode::asText)
                    .containsExactly("signer_refused", "signer_missing", "signer_refused");
            assertThat(server.count("SELECT count(*) FROM logins WHERE revoked_at IS NOT NULL"))
                    .isEqualTo(1);
        }
    }

    @Test
    void the_client_holds_up_to_the_signers_and_storages_of_the_field() throws Exception {
        Tool.Outcome run = NodeModules.run(
                modules,
                "env",
                "CLIENT=" + scripts("client"),
                "node",
                "--test",
                "--test-reporter=tap",
                "client.test.mjs",
                "waiting.test.mjs");

        assertThat(run.exitStatus()).as(run.output()).isZero();
        assertThat(run.output()).contains("# fail 0").doesNotContain("# tests 0");
    }

    @Test
    void throwaway_keys_sign_as_bip_340_says() throws Exception {
        Path vectors =
                Path.of("src/test/resources/vectors/bip340-test-vectors.csv").toAbsolutePath();
        Path client = WEB.resolve("nostr-throwaway.js").toAbsolutePath();

        Tool.Outcome run =
                NodeModules.run(modules, "node", "vectors.mjs", client.toUri().toString(), vectors.toString());

        assertThat(run.exitStatus()).as(run.output()).isZero();
        assertThat(run.output().strip()).isEqualTo("8 signed as expected, 0 otherwise");
    }
}
