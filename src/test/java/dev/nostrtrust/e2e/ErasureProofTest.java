package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A signer shows that it signs an erasure, even where a login accepts simpler events. */
class ErasureProofTest {

    private static ObjectNode forRelay(ObjectNode template) {
        ArrayNode tags = (ArrayNode) template.get("tags");
        tags.remove(1);
        tags.remove(0);
        tags.addArray().add("relay").add("wss://trust.example");
        return template.put("kind", 22242);
    }

    @Test
    void an_event_that_does_not_say_what_it_is_for_erases_nothing() {
        try (TestServer server = TestServer.start(Map.of("LOGIN_KINDS", "27235,22242"))) {
            Api api = Api.of(server);
            User user = new User();
            Api mine = api.as(user.logIn(api));

            Answer ofRelay = Erasing.send(mine, user.proof(forRelay(Erasing.challenge(api))));
            Answer silent = Erasing.send(mine, user.proof(Erasing.challenge(api).put("content", "")));
            Answer asIssued = Erasing.send(mine, user.proof(Erasing.challenge(api)));

            assertThat(Erasing.send(api, user.proof(Erasing.challenge(api))).code())
                    .isEqualTo("token_required");
            assertThat(ofRelay.code()).isEqualTo("unsupported_kind");
            assertThat(silent.code()).isEqualTo("content_mismatch");
            assertThat(asIssued.status()).isEqualTo(202);
        }
    }
}
