package dev.nostrtrust.login;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.http.BodyFields;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.EventLimits;
import dev.nostrtrust.nostr.PublicKey;
import org.jspecify.annotations.Nullable;

/** Reads the body of a proof: an event, and an optional key beside it. */
record ProofReader(Event event, Json.Obj body) {
    /** The longest text of a key, in characters. */
    static final int MAX_KEY_TEXT = 5000;

    /** In bytes, independent of the limit of other bodies. A larger body is the first refusal of docs/login.md. */
    private static final int MAX_BODY = 16 * 1024;

    /**
     * Reads the event.
     *
     * @throws ApiError the first of rows 1 to 4 of docs/login.md that applies
     */
    static ProofReader of(Request request) {
        if (request.bodyLength() > MAX_BODY) {
            throw tooLarge(MAX_BODY);
        }
        if (!(request.json() instanceof Json.Obj body)) {
            throw ApiError.of(ErrorCode.INVALID_EVENT_SHAPE, "The body must be an object with an event.")
                    .with("field", "event");
        }
        return new ProofReader(Event.parse(body.get("event"), EventLimits.LOGIN), body);
    }

    /** The error for a body over the given limit, or over the limit of a proof. */
    static ApiError tooLarge(int bodyLimit) {
        return ApiError.of(
                ErrorCode.INVALID_JSON,
                "The body has more than " + Math.min(bodyLimit, MAX_BODY) + " bytes, the most for a proof.");
    }

    /**
     * The key beside the event; null if there is none. Any other field is refused.
     *
     * @throws ApiError {@code invalid_request}, {@code invalid_pubkey} or {@code nsec_refused}
     */
    @Nullable
    PublicKey announced() {
        BodyFields fields = BodyFields.of(body);
        fields.optional("event");
        Json pubkey = fields.optional("pubkey");
        fields.check();
        if (pubkey == null || pubkey == Json.Null.NULL) {
            return null;
        }
        if (pubkey instanceof Json.Str text && text.value().length() <= MAX_KEY_TEXT) {
            return PublicKey.parse(text.value());
        }
        throw ApiError.of(
                ErrorCode.INVALID_PUBKEY, "The pubkey beside the event must be a string: hex, npub or nprofile.");
    }

    /**
     * The expected signer of an event that a user sends: the user, or a different key that the body announces, which is
     * then refused.
     *
     * @throws ApiError as {@link #announced()} does
     */
    @Nullable
    PublicKey announcedTo(Caller user) {
        PublicKey named = announced();
        return named == null || named.equals(event.pubkey()) ? user.pubkey() : named;
    }
}
