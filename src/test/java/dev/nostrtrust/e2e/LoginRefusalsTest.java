package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.EventId;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.PublicKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The table of refusals of docs/login.md, row by row; what is refused leaves nothing behind. */
class LoginRefusalsTest {
    private static TestServer server;
    private static Api api;
    private final User user = new User();

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void nothing_is_left_behind() {
        assertThat(server.count("SELECT count(*) FROM nostr_identities WHERE pubkey = '" + user.pubkey() + "'"))
                .isZero();
    }

    private void refused(int status, String code, String body) {
        Answer answer = api.post("/api/identity/verify", body);

        assertThat(answer.code()).as(answer.toString()).isEqualTo(code);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.text("time")).isNotEmpty();
    }

    private void refusedTemplate(int status, String code, Consumer<ObjectNode> alter) {
        ObjectNode template = User.challenge(api);
        alter.accept(template);
        refused(status, code, user.proof(template));
    }

    private void refusedTags(String code, Consumer<ArrayNode> alter) {
        refusedTemplate(401, code, template -> alter.accept((ArrayNode) template.get("tags")));
    }

    private static ArrayNode tag(String... values) {
        ArrayNode tag = Api.JSON.createArrayNode();
        List.of(values).forEach(tag::add);
        return tag;
    }

    private ObjectNode signed() {
        return (ObjectNode) Api.JSON.valueToTree(readTree(user.proof(User.challenge(api))));
    }

    private static com.fasterxml.jackson.databind.JsonNode readTree(String json) {
        try {
            return Api.JSON.readTree(json);
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void refusedEvent(int status, String code, Consumer<ObjectNode> alter) {
        ObjectNode body = signed();
        alter.accept((ObjectNode) body.get("event"));
        refused(status, code, body.toString());
    }

    @Test
    void row_1_what_is_not_strict_json() {
        String proof = user.proof(User.challenge(api));
        refused(400, "invalid_json", proof.substring(0, proof.length() - 1));
        refused(400, "invalid_json", proof.replace("{\"id\"", "{\"kind\":27235,\"id\""));
        refused(400, "invalid_json", proof.replace("\"content\":\"", "\"content\":\"\\ud800"));
        refused(400, "invalid_json", "[".repeat(10_000));
        refused(400, "invalid_json", "{\"event\":\"" + "a".repeat(17_000) + "\"}");
        refused(400, "invalid_json", "{\"event\":\"" + "a".repeat(1_000_000) + "\"}");
        byte[] latin = "{\"event\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(api.send("POST", "/api/identity/verify", "application/json", latin)
                        .code())
                .isEqualTo("invalid_json");
    }

    @Test
    void row_2_what_has_not_the_shape_of_an_event() {
        refused(400, "invalid_event_shape", "{}");
        refused(400, "invalid_event_shape", "[]");
        refused(400, "invalid_event_shape", "{\"event\":null}");
        refusedEvent(400, "invalid_event_shape", event -> event.put("kind", "27235"));
        refusedEvent(400, "invalid_event_shape", event -> event.remove("sig"));
        refusedEvent(400, "event_too_large", event -> event.put("content", "a".repeat(3000)));
    }

    @Test
    void row_3_what_is_not_hex() {
        refusedEvent(400, "invalid_id", event -> event.put("id", "A".repeat(64)));
        refusedEvent(400, "invalid_pubkey", event -> event.put("pubkey", user.npub()));
        refusedEvent(400, "invalid_sig", event -> event.put("sig", "0"));
    }

    @Test
    void row_4_numbers_that_are_no_integers_or_out_of_bounds() {
        refusedEvent(400, "invalid_kind", event -> event.put("kind", 27235.5));
        refusedEvent(400, "invalid_kind", event -> event.put("kind", 4294994531L));
        refusedEvent(400, "invalid_created_at", event -> event.put("created_at", 1L << 53));
    }

    @Test
    void row_5_another_kind() {
        refusedTemplate(400, "unsupported_kind", template -> template.put("kind", 1));
        refusedTemplate(400, "unsupported_kind", template -> template.put("kind", 22242));
    }

    @Test
    void row_6_another_key_than_the_one_announced() {
        User other = new User();
        String event = user.sign(User.challenge(api)).toJson().encode();
        String body = "{\"event\":" + event + ",\"pubkey\":\"%s\"}";
        Answer answer = api.post("/api/identity/verify", body.formatted(other.npub()));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("pubkey_mismatch");
        assertThat(answer.text("expected")).isEqualTo(other.pubkey());
        assertThat(answer.text("actual")).isEqualTo(user.pubkey());
        refused(400, "invalid_pubkey", body.formatted("nobody"));
        refused(400, "invalid_pubkey", "{\"event\":" + event + ",\"pubkey\":7}");
        refused(400, "nsec_refused", body.formatted("nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"));
        refused(400, "invalid_request", "{\"event\":" + event + ",\"extra\":7}");
        String otherKind =
                user.sign(User.challenge(api).put("kind", 1)).toJson().encode();
        refused(400, "unsupported_kind", "{\"event\":" + otherKind + ",\"pubkey\":\"nsec1\"}");
    }

    @Test
    void row_7_tags_that_are_missing_or_there_twice() {
        refusedTags("missing_tag", tags -> tags.remove(0));
        refusedTags("missing_tag", tags -> tags.remove(1));
        refusedTags("missing_tag", tags -> tags.remove(2));
        refusedTags("missing_tag", tags -> tags.set(2, tag("challenge")));
        refusedTags("duplicate_tag", tags -> tags.add(tags.get(0)));
        refusedTags("duplicate_tag", tags -> tags.add(tags.get(1)));
        refusedTags("duplicate_tag", tags -> tags.add(tags.get(2)));
    }

    @Test
    void rows_8_and_9_another_method_or_address() {
        refusedTags("method_mismatch", tags -> tags.set(1, tag("method", "GET")));
        refusedTags("method_mismatch", tags -> tags.set(1, tag("method", "post")));
        for (String url : List.of(
                "https://evil.example/api/identity/verify",
                "http://trust.example/api/identity/verify",
                "https://trust.example/api/identity/verify/",
                "https://trust.example/api/identity/verify?a=b",
                "https://trust.example:443/api/identity/verify")) {
            refusedTags("url_mismatch", tags -> tags.set(0, tag("u", url)));
        }
    }

    @Test
    void row_10_a_nonce_that_was_not_issued_here_or_not_for_this_address() {
        refusedTags("challenge_unknown", tags -> tags.set(2, tag("challenge", "hello")));
        refusedTags("challenge_unknown", tags -> {
            String nonce = tags.get(2).get(1).asText();
            char last = nonce.charAt(nonce.length() - 1);
            tags.set(2, tag("challenge", nonce.substring(0, nonce.length() - 1) + (last == 'A' ? 'B' : 'A')));
        });
        refusedTags("challenge_unknown", tags -> tags.set(0, tag("u", "https://second.example/api/identity/verify")));
    }

    @Test
    void row_12_events_dated_too_early_or_too_late() {
        long now = server.clock().instant().getEpochSecond();
        refusedTemplate(401, "created_at_too_old", template -> template.put("created_at", now - 660));
        refusedTemplate(401, "created_at_in_future", template -> template.put("created_at", now + 660));
    }

    @Test
    void row_13_expiration_tags() {
        long past = server.clock().instant().minus(Duration.ofMinutes(1)).getEpochSecond();
        refusedTags("invalid_expiration", tags -> tags.set(3, tag("expiration", "soon")));
        refusedTags("invalid_expiration", tags -> tags.set(3, tag("expiration")));
        refusedTags("invalid_expiration", tags -> tags.add(tags.get(3)));
        refusedTags("event_expired", tags -> tags.set(3, tag("expiration", Long.toString(past))));
    }

    @Test
    void row_14_another_content() {
        refusedTemplate(401, "content_mismatch", template -> template.put("content", "Sign in to evil.example"));
    }

    @Test
    void rows_15_to_17_what_the_curve_says() {
        refusedEvent(401, "id_mismatch", event -> event.put("id", "0".repeat(64)));
        refusedEvent(401, "invalid_signature", event -> {
            String sig = event.get("sig").asText();
            event.put("sig", (sig.startsWith("0") ? "1" : "0") + sig.substring(1));
        });
        PublicKey offCurve = new PublicKey("eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34");
        Event honest = user.sign(User.challenge(api));
        byte[] id = EventId.of(offCurve, honest.createdAt(), honest.kind(), honest.tags(), honest.content());
        Event event = new Event(
                Hex.encode(id),
                offCurve,
                honest.createdAt(),
                honest.kind(),
                honest.tags(),
                honest.content(),
                honest.sig());
        refused(401, "pubkey_not_on_curve", "{\"event\":" + event.toJson().encode() + "}");
    }

    @Test
    void the_first_refusal_that_applies_is_the_one_given() {
        refusedTemplate(400, "unsupported_kind", template -> {
            template.put("kind", 1).put("content", "x").put("created_at", 1);
            ((ArrayNode) template.get("tags")).removeAll();
        });
        refusedTemplate(401, "challenge_unknown", template -> {
            template.put("content", "x").put("created_at", 1);
            ((ArrayNode) template.get("tags")).set(2, tag("challenge", "x"));
        });
    }
}
