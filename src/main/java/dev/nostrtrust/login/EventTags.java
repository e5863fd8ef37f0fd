package dev.nostrtrust.login;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.Event;
import java.time.Instant;
import java.util.List;

/** Reads the tags of an event that proves a key. Pure; any thread. */
final class EventTags {
    private EventTags() {}

    /**
     * The value of a tag that must occur exactly once.
     *
     * @throws ApiError {@code missing_tag} or {@code duplicate_tag}
     */
    static String single(Event event, String name) {
        List<List<String>> tags = event.tagsNamed(name);
        if (tags.isEmpty() || tags.get(0).size() < 2) {
            throw ApiError.of(ErrorCode.MISSING_TAG, "The event has no tag \"" + name + "\" with a value.")
                    .with("tag", name);
        }
        if (tags.size() > 1) {
            throw ApiError.of(ErrorCode.DUPLICATE_TAG, "The event has the tag \"" + name + "\" more than once.")
                    .with("tag", name);
        }
        return tags.get(0).get(1);
    }

    /**
     * Refuses an event whose {@code expiration} tag has passed (NIP-40). The tag is optional.
     *
     * @throws ApiError {@code invalid_expiration} or {@code event_expired}
     */
    static void checkExpiration(Event event, Instant now) {
        List<List<String>> tags = event.tagsNamed("expiration");
        if (tags.isEmpty()) {
            return;
        }
        List<String> tag = tags.get(0);
        if (tags.size() > 1 || tag.size() < 2 || !tag.get(1).matches("0|[1-9]\\d{0,15}")) {
            throw ApiError.of(ErrorCode.INVALID_EXPIRATION, "The expiration tag must be one time in seconds (NIP-40).");
        }
        if (Long.parseLong(tag.get(1)) < now.getEpochSecond()) {
            throw ApiError.of(ErrorCode.EVENT_EXPIRED, "The expiration tag of the event has passed. Sign a new event.");
        }
    }
}
