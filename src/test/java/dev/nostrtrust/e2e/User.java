package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.nostr.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A user with a Nostr key and a browser. */
public final class User {
    public static final SecureRandom RANDOM = new SecureRandom();

    private final SecretKey key = SecretKey.random(RANDOM);

    public String pubkey() {
        return key.publicKey().hex();
    }

    public String npub() {
        return key.publicKey().npub();
    }

    /** Signs a template as a NIP-07 signer does. */
    public Event sign(JsonNode template) {
        return key.sign(
                template.get("created_at").asLong(),
                template.get("kind").asInt(),
                tags(template),
                template.get("content").asText(),
                RANDOM);
    }

    /** Signs a request as NIP-98 says. */
    public Event signRequest(String url, String body, Instant now) {
        return signTags(
                now.getEpochSecond(),
                List.of(List.of("u", url), List.of("method", "POST"), List.of("payload", Hex.encode(Sha256.of(body)))));
    }

    /** The header that signs a request without a body; it differs from all others by a tag of its own. */
    public String authorize(String method, String url, Instant now) {
        byte[] random = new byte[8];
        RANDOM.nextBytes(random);
        return authorization(signTags(
                now.getEpochSecond(),
                List.of(List.of("u", url), List.of("method", method), List.of("nonce", Hex.encode(random)))));
    }

    /** Signs an event of NIP-98 with these tags. */
    public Event signTags(long createdAt, List<List<String>> tags) {
        return key.sign(createdAt, 27235, tags, "", RANDOM);
    }

    /** The Authorization header of an event, in the standard alphabet. */
    public static String authorization(Event event) {
        byte[] json = event.toJson().encode().getBytes(StandardCharsets.UTF_8);
        return "Nostr " + Base64.getEncoder().encodeToString(json);
    }

    /** The body of a verify for a template. */
    public String proof(JsonNode template) {
        return "{\"event\":" + sign(template).toJson().encode() + "}";
    }

    /** The whole way from challenge to token. */
    public String logIn(Api api) {
        Answer answer = api.post("/api/identity/verify", proof(challenge(api)));
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return answer.text("nostr_token");
    }

    /** A fresh template, free to be altered. */
    public static ObjectNode challenge(Api api) {
        return (ObjectNode) api.post("/api/identity/challenge").json().get("event_template");
    }

    private static List<List<String>> tags(JsonNode template) {
        List<List<String>> tags = new ArrayList<>();
        for (JsonNode tag : template.get("tags")) {
            List<String> values = new ArrayList<>();
            tag.forEach(value -> values.add(value.asText()));
            tags.add(values);
        }
        return tags;
    }
}
