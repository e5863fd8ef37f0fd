package dev.nostrtrust.auth;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.http.Fields;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The {@code Idempotency-Key} of a creation: the same key with the same request gets the first answer again.
 *
 * @param scope whose key it is: a public key, or {@code anonymous}
 * @param requestHash SHA-256 of what was asked, without credentials
 */
public record IdempotencyKey(String scope, String key, RequestHash requestHash) {
    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7e]{1,255}");
    private static final int UNGUESSABLE = 32;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** A hash that compares by content. */
    public record RequestHash(String hex) {
        static RequestHash of(String text) {
            return new RequestHash(Hex.encode(Sha256.of(text)));
        }
    }

    /**
     * The key that a request carries.
     *
     * @return null where it carries none
     * @throws ApiError {@code invalid_idempotency_key}; an anonymous caller's key has to be unguessable, because the
     *     answer that it recalls holds the id of what was made
     */
    public static @Nullable IdempotencyKey of(Request request, Caller caller, Fields body) {
        String key = keyOf(request);
        if (key == null) {
            return null;
        }
        if (caller.isAnonymous() && key.length() < UNGUESSABLE) {
            throw ApiError.of(
                    ErrorCode.INVALID_IDEMPOTENCY_KEY,
                    "Without a token, an Idempotency-Key has to be unguessable: a UUID, or longer.");
        }
        String scope = caller.isAnonymous() ? "anonymous" : caller.subject();
        return new IdempotencyKey(
                scope,
                key,
                RequestHash.of(request.path().toLowerCase(Locale.ROOT).replaceFirst("/$", "") + "\n"
                        + body.encodeWithout("nostr_token")));
    }

    /**
     * The key of a request as it is sent.
     *
     * @return null where there is none
     * @throws ApiError {@code invalid_idempotency_key}
     */
    public static @Nullable String keyOf(Request request) {
        List<String> headers = request.headers("Idempotency-Key");
        if (headers.isEmpty()) {
            return null;
        }
        String key = headers.get(0);
        if (headers.size() > 1 || !FORM.matcher(key).matches()) {
            throw ApiError.of(
                    ErrorCode.INVALID_IDEMPOTENCY_KEY, "An Idempotency-Key is 1 to 255 printable ASCII characters.");
        }
        return key;
    }

    /** The refusal of a key whose first request is still under way: it is not known yet what it makes. */
    public static ApiError inFlight() {
        return ApiError.unavailable(
                ErrorCode.IDEMPOTENCY_IN_FLIGHT,
                "A request with this Idempotency-Key is still under way. Send it again to learn what it made.",
                RETRY_AFTER);
    }

    /**
     * Refuses a key that was used for another request.
     *
     * @throws ApiError {@code idempotency_key_reused}
     */
    public void check(String firstRequestHash) {
        if (!requestHash.hex().equals(firstRequestHash)) {
            throw ApiError.of(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was used for another request before.");
        }
    }
}
