package dev.nostrtrust.nostr;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.json.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Nostr event (NIP-01) with valid fields. Its id and signature are not verified; see {@link VerifiedEvent}.
 *
 * @param id 64 lower-case hexadecimal digits
 * @param createdAt seconds since 1970, 0 to 2^53−1
 * @param kind 0 to 65535
 * @param tags each a non-empty list of strings; the first is the name
 * @param sig 128 lower-case hexadecimal digits
 */
public record Event(
        String id, PublicKey pubkey, long createdAt, int kind, List<List<String>> tags, String content, String sig) {

    public Event {
        tags = tags.stream().map(List::copyOf).toList();
    }

    /**
     * Parses an event and checks the shape of its fields.
     *
     * @param limits size limits
     * @throws ApiError the first error of docs/login.md that applies
     */
    public static Event parse(@Nullable Json json, EventLimits limits) {
        return EventParser.parse(json, limits);
    }

    /** The tags with this name, in order. */
    public List<List<String>> tagsNamed(String name) {
        return tags.stream().filter(tag -> tag.get(0).equals(name)).toList();
    }

    /** The seven fields of NIP-01. */
    public Json.Obj toJson() {
        return Json.object()
                .put("id", id)
                .put("pubkey", pubkey.hex())
                .put("created_at", createdAt)
                .put("kind", kind)
                .put("tags", Json.array(tags.stream().map(Json::strings).toList()))
                .put("content", content)
                .put("sig", sig)
                .build();
    }
}
