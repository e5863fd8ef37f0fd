package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.TestServer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Kind 22242 (NIP-42), where it is switched on: the relay tag names our host in place of URL and method. */
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
    void an_event_for_our_host_is_accepted_and_one_for_another_is_not() {
        try (TestServer server = TestServer.start(Map.of("LOGIN_KINDS", "27235,22242"))) {
            Api api = Api.of(server);
            User user = new User();

            Answer ours = api.post("/api/identity/verify", user.proof(template(api, "wss://trust.example/")));
            Answer other = api.post("/api/identity/verify", user.proof(template(api, "wss://evil.example/")));
            Answer nonsense = api.post("/api/identity/verify", user.proof(template(api, "::")));
            Answer usual = api.post("/api/identity/verify", user.proof(User.challenge(api)));

            assertThat(ours.status()).isEqualTo(200);
            assertThat(other.code()).isEqualTo("url_mismatch");
            assertThat(nonsense.code()).isEqualTo("url_mismatch");
            assertThat(usual.status()).isEqualTo(200);
        }
    }
}
