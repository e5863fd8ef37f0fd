package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.browser.NodeModules;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real client that is not ours: nostr-tools, run by Node. */
@Requires(Tool.NODE_MODULES)
@Tag("full")
class NostrToolsLoginTest {

    @Test
    void nostr_tools_signs_the_template_as_it_is_and_is_let_in() throws Exception {
        try (TestServer server = TestServer.start()) {
            Tool.Outcome login =
                    NodeModules.run(NodeModules.directory(), "node", "login.mjs", "http://127.0.0.1:" + server.port());

            assertThat(login.exitStatus()).as(login.output()).isZero();
            JsonNode answer = Api.JSON.readTree(login.output());
            assertThat(answer.get("status").asInt()).as(login.output()).isEqualTo(200);
            assertThat(answer.get("pubkey")).isEqualTo(answer.get("signer"));
            assertThat(answer.get("trust_tier").asText()).isEqualTo("new");
        }
    }

    @Test
    void the_function_of_the_documentation_signs_requests_that_are_accepted() throws Exception {
        String page = Files.readString(Path.of("docs/login.md"));
        String code = page.substring(page.indexOf("```js\n") + 6);
        Files.writeString(
                NodeModules.directory().resolve("documented.mjs"),
                code.substring(0, code.indexOf("```")) + "\nexport { authorization }\n");
        try (TestServer server = TestServer.start()) {
            Tool.Outcome signed = NodeModules.run(
                    NodeModules.directory(),
                    "node",
                    "signed.mjs",
                    "http://127.0.0.1:" + server.port(),
                    TestServer.ORIGIN);

            assertThat(signed.output().strip()).isEqualTo("[201,201,201,200]");
        }
    }
}
