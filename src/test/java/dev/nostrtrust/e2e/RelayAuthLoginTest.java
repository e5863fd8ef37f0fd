package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Kind 22242 (NIP-42), where it is switched on: the relay tag names our address in place of URL and method. */
class RelayAuthLoginTest {

    private static ObjectNode template(Api api, String relay) {
        ObjectNode template = User.challenge(api).put("kind", 22242).put("content", "");
        ArrayNode tags = (ArrayNode) template.get("tags");
        tags.remove(1);
        tags.remove(0);
        tags.addArray().add("relay").add(relay);
        return template;
    }

    @Test
    void an_event_for_our_address_is_accepted_and_one_for_another_is_not() {
        Map<String, String> settings = Map.of(
                "LOGIN_KINDS", "27235,22242", "PUBLIC_ORIGINS", "https://trust.example,https://trust.example:8443");
        try (TestServer server = TestServer.start(settings)) {
            Api api = Api.of(server);
            Api second = api.with("Origin", "https://trust.example:8443");
            User user = new User();

            Answer ours = api.post("/api/identity/verify", user.proof(template(api, "wss://trust.example/")));
            Answer other = api.post("/api/identity/verify", user.proof(template(api, "wss://evil.example/")));
            Answer nonsense = api.post("/api/identity/verify", user.proof(template(api, "::")));
            for (Api asking : List.of(api, second)) {
                for (String relay : List.of("wss://trust.example", "wss://trust.example:8443/")) {
                    assertThat(api.post("/api/identity/verify", new User().proof(template(asking, relay)))
                                    .status())
                            .as(relay)
                            .isEqualTo(200);
                }
            }
            Answer elsewhere = api.post("/api/identity/verify", user.proof(template(api, "wss://trust.example:8444")));
            Answer usual = api.post("/api/identity/verify", user.proof(User.challenge(api)));

            assertThat(ours.status()).isEqualTo(200);
            assertThat(other.code()).isEqualTo("url_mismatch");
            assertThat(nonsense.code()).isEqualTo("url_mismatch");
            assertThat(elsewhere.code()).isEqualTo("url_mismatch");
            assertThat(usual.status()).isEqualTo(200);
        }
    }
}
