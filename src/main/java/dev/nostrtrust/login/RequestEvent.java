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
 * Checks that an event matches its request (NIP-98), in the order of docs/login.md, without its signature. Pure; any
 * thread.
 *
 * @param window the largest difference between the time of the event and the time of the server
 */
record RequestEvent(Duration window) {
    private static final String PAYLOAD = "payload";
    private static final String EMPTY = Hex.encode(Sha256.of(""));
    private static final int LOGIN_BYTES = 16;

    /**
     * A signed request.
     *
     * @param urls its possible URLs with the query; the event must name one of them exactly
     * @param payload SHA-256 of the body as sent, in lower-case hex
     */
    record Signed(String method, List<String> urls, String payload) {
        boolean hasBody() {
            return !payload.equals(EMPTY);
        }
    }

    /**
     * Returns if the event matches the request.
     *
     * @throws ApiError the first refusal that applies
     */
    void check(Event event, Signed request, Instant now) {
        if (event.kind() != LoginPolicy.HTTP_AUTH) {
            throw ApiError.of(ErrorCode.UNSUPPORTED_KIND, "The server does not accept this kind of event.")
                    .with("expected", List.of(LoginPolicy.HTTP_AUTH));
        }
        String url = EventTags.single(event, "u");
        String method = EventTags.single(event, "method");
        boolean bare = !request.hasBody() && event.tagsNamed(PAYLOAD).isEmpty();
        String payload = bare ? EMPTY : EventTags.single(event, PAYLOAD);
        if (!method.equals(request.method())) {
            throw ApiError.of(ErrorCode.METHOD_MISMATCH, "The method tag does not match the request.")
                    .with("expected", request.method());
        }
        if (!request.urls().contains(url)) {
            throw ApiError.of(ErrorCode.URL_MISMATCH, "The u tag does not match the URL of the request.")
                    .with("expected", request.urls());
        }
        checkTime(event.createdAt(), now);
        EventTags.checkExpiration(event, now);
        if (!payload.equalsIgnoreCase(request.payload())) {
            throw ApiError.of(ErrorCode.PAYLOAD_MISMATCH, "The payload tag is not the SHA-256 of the body as sent.")
                    .with("expected", request.payload());
        }
    }

    /** The id of the login by which the event is redeemed. It depends on the event only. */
    static UUID login(Event event) {
        ByteBuffer id = ByteBuffer.wrap(Hex.decode(event.id()), 0, LOGIN_BYTES);
        return new UUID(id.getLong(), id.getLong());
    }

    /** The end of that login, after which no node accepts the event. */
    Instant expiry(Event event) {
        return Instant.ofEpochSecond(event.createdAt()).plus(window.multipliedBy(2));
    }

    private void checkTime(long createdAt, Instant now) {
        long oldest = now.minus(window).getEpochSecond();
        if (createdAt < oldest) {
            throw ApiError.of(
                            ErrorCode.CREATED_AT_TOO_OLD,
                            "The event is too old. Check the clock of your device and sign a new event.")
                    .with("expected", "at least " + oldest);
        }
        long newest = now.plus(window).getEpochSecond();
        if (createdAt > newest) {
            throw ApiError.of(
                            ErrorCode.CREATED_AT_IN_FUTURE,
                            "The event is dated in the future. Check the clock of your device.")
                    .with("expected", "at most " + newest);
        }
    }
}
