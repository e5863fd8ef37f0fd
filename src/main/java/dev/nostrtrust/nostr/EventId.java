package dev.nostrtrust.nostr;

import dev.nostrtrust.json.Json;
import java.util.List;

/** Computes event ids (NIP-01). */
public final class EventId {
    private EventId() {}

    /** {@code [0, pubkey, created_at, kind, tags, content]} in the form of JSON.stringify. */
    public static String serialize(
            PublicKey pubkey, long createdAt, int kind, List<List<String>> tags, String content) {
        return Json.array(List.of(
                        Json.of(0),
                        Json.of(pubkey.hex()),
                        Json.of(createdAt),
                        Json.of(kind),
                        Json.array(tags.stream().map(Json::strings).toList()),
                        Json.of(content)))
                .encode();
    }

    /** The SHA-256 of the serialization, 32 bytes. The signature signs it. */
    public static byte[] of(PublicKey pubkey, long createdAt, int kind, List<List<String>> tags, String content) {
        return Sha256.of(serialize(pubkey, createdAt, kind, tags, content));
    }

    /** The expected id of an event, 32 bytes. */
    public static byte[] of(Event event) {
        return of(event.pubkey(), event.createdAt(), event.kind(), event.tags(), event.content());
    }
}
