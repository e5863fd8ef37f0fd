package dev.nostrtrust.nostr;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class EventIdTest {
    private static final SignatureVerifier VERIFIER = new BouncyCastleVerifier();

    @TestFactory
    List<DynamicTest> the_id_is_the_one_that_json_stringify_gives() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode trap : new ObjectMapper().readTree(Vectors.text("serialization-traps.json"))) {
            String name = trap.get("name").asText();
            tests.add(DynamicTest.dynamicTest(name, () -> check(name, trap)));
        }
        assertThat(tests).hasSize(13);
        return tests;
    }

    private static void check(String name, JsonNode trap) {
        String event = trap.get("event").toString();
        switch (name) {
            case "lone-surrogate" ->
                assertThat(refusal(() -> Json.parse(event)).code()).isEqualTo(ErrorCode.INVALID_JSON);
            case "empty-tag" -> {
                assertThat(refusal(() -> Event.parse(Json.parse(event), EventLimits.LOGIN))
                                .code())
                        .isEqualTo(ErrorCode.INVALID_EVENT_SHAPE);
                PublicKey key = new PublicKey(trap.at("/event/pubkey").asText());
                assertThat(EventId.serialize(key, 1_700_000_000, 27235, List.of(List.of()), "x"))
                        .isEqualTo(trap.get("serialized").asText());
            }
            default -> {
                Event parsed = Event.parse(Json.parse(event), EventLimits.LOGIN);
                assertThat(EventId.serialize(
                                parsed.pubkey(), parsed.createdAt(), parsed.kind(), parsed.tags(), parsed.content()))
                        .isEqualTo(trap.get("serialized").asText());
                assertThat(Hex.encode(EventId.of(parsed))).isEqualTo(parsed.id());
                assertThat(VerifiedEvent.verify(parsed, VERIFIER).pubkey()).isEqualTo(parsed.pubkey());
            }
        }
    }
}
