package dev.nostrtrust.auth;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.http.BodyFields;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The {@code Idempotency-Key} of a creation. The same key with the same request gets the first answer.
 *
 * @param scope the owner of the key: a public key, or {@code anonymous}
 * @param requestHash the SHA-256 of the request without credentials
 */
public record IdempotencyKey(String scope, String key, RequestHash requestHash) {
    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7e]{1,255}");
    private static final int MIN_ANONYMOUS_LENGTH = 32;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** A hash that compares by content. */
    public record RequestHash(String hex) {
        static RequestHash of(String text) {
            return new RequestHash(Hex.encode(Sha256.of(text)));
        }
    }

    /**
     * The key of a request.
     *
     * @return null if the request has no key
     * @throws ApiError {@code invalid_idempotency_key}; an anonymous caller must send an unguessable key, because the
     *     answer contains the id of the created resource
     */
    public static @Nullable IdempotencyKey of(Request request, Caller caller, BodyFields body) {
        String key = keyOf(request);
        if (key == null) {
            return null;
        }
        if (caller.isAnonymous() && key.length() < MIN_ANONYMOUS_LENGTH) {
            throw ApiError.of(
                    ErrorCode.INVALID_IDEMPOTENCY_KEY,
                    "Without a token, Idempotency-Key must be unguessable. Send a UUID, or at least 32 characters.");
        }
        String scope = caller.isAnonymous() ? "anonymous" : caller.subject();
        return new IdempotencyKey(
                scope,
                key,
                RequestHash.of(request.path().toLowerCase(Locale.ROOT).replaceFirst("/$", "") + "\n"
                        + body.encodeWithout("nostr_token")));
    }

    /**
     * The text of the key of a request.
     *
     * @return null if the request has no key
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
                    ErrorCode.INVALID_IDEMPOTENCY_KEY,
                    "Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.");
        }
        return key;
    }

    /** The error for a key whose first request is not finished, so that its result is not known yet. */
    public static ApiError inFlight() {
        return ApiError.unavailable(
                ErrorCode.IDEMPOTENCY_IN_FLIGHT,
                "A request with this Idempotency-Key is in progress. Send the request again later to get its result.",
                RETRY_AFTER);
    }

    /**
     * Checks that the first request of the key was the same.
     *
     * @throws ApiError {@code idempotency_key_reused}
     */
    public void check(String firstRequestHash) {
        if (!requestHash.hex().equals(firstRequestHash)) {
            throw ApiError.of(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "This Idempotency-Key belongs to another request. Use a new key.");
        }
    }
}
