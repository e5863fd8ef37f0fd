package dev.nostrtrust.login;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Checks what an event says of the request that it came with (NIP-98), in the order of docs/login.md, up to what costs
 * cryptography on curves. Pure; any thread.
 *
 * @param window how far the event's time may be from ours, either way
 */
record RequestEvent(Duration window) {
    private static final String PAYLOAD = "payload";
    private static final String EMPTY = Hex.encode(Sha256.of(""));
    private static final int LOGIN_BYTES = 16;

    /**
     * A request that an event may be about.
     *
     * @param urls where it may have been sent to, with the query; the event names one of them exactly
     * @param payload SHA-256 of the body as it was sent, in lower-case hex
     */
    record Signed(String method, List<String> urls, String payload) {
        boolean hasBody() {
            return !payload.equals(EMPTY);
        }
    }

    /**
     * Returns if the event is about this request.
     *
     * @throws ApiError the first refusal that applies
     */
    void check(Event event, Signed request, Instant now) {
        if (event.kind() != LoginPolicy.HTTP_AUTH) {
            throw ApiError.of(ErrorCode.UNSUPPORTED_KIND, "An event of this kind proves nothing here.")
                    .with("expected", List.of(LoginPolicy.HTTP_AUTH));
        }
        String url = EventTags.single(event, "u");
        String method = EventTags.single(event, "method");
        boolean bare = !request.hasBody() && event.tagsNamed(PAYLOAD).isEmpty();
        String payload = bare ? EMPTY : EventTags.single(event, PAYLOAD);
        if (!method.equals(request.method())) {
            throw ApiError.of(ErrorCode.METHOD_MISMATCH, "The method tag names another method.")
                    .with("expected", request.method());
        }
        if (!request.urls().contains(url)) {
            throw ApiError.of(ErrorCode.URL_MISMATCH, "The event names an address that was not asked.")
                    .with("expected", request.urls());
        }
        checkTime(event.createdAt(), now);
        EventTags.checkExpiration(event, now);
        if (!payload.equalsIgnoreCase(request.payload())) {
            throw ApiError.of(
                            ErrorCode.PAYLOAD_MISMATCH,
                            "The payload tag is not the SHA-256 of the body as it was sent.")
                    .with("expected", request.payload());
        }
    }

    /** The id of the login by which the event is redeemed. It depends on the event only. */
    static UUID login(Event event) {
        ByteBuffer id = ByteBuffer.wrap(Hex.decode(event.id()), 0, LOGIN_BYTES);
        return new UUID(id.getLong(), id.getLong());
    }

    /** When that login ends: once the event is too old by far to be accepted anywhere. */
    Instant expiry(Event event) {
        return Instant.ofEpochSecond(event.createdAt()).plus(window.multipliedBy(2));
    }

    private void checkTime(long createdAt, Instant now) {
        long oldest = now.minus(window).getEpochSecond();
        if (createdAt < oldest) {
            throw ApiError.of(ErrorCode.CREATED_AT_TOO_OLD, "The event is too old for the request that it came with.")
                    .with("expected", "at least " + oldest);
        }
        long newest = now.plus(window).getEpochSecond();
        if (createdAt > newest) {
            throw ApiError.of(ErrorCode.CREATED_AT_IN_FUTURE, "The event is dated in the future.")
                    .with("expected", "at most " + newest);
        }
    }
}
