package dev.nostrtrust.error;

import java.util.Locale;

/**
 * The closed list of error codes. Clients switch on {@link #code()}, so a constant is never renamed. The HTTP layer
 * maps the {@link Nature} to a status.
 */
public enum ErrorCode {
    // Bodies, parameters and headers.
    INVALID_JSON(Nature.MALFORMED),
    INVALID_REQUEST(Nature.MALFORMED),
    INVALID_IDEMPOTENCY_KEY(Nature.MALFORMED),
    MALFORMED_HTTP(Nature.MALFORMED),
    UNSUPPORTED_MEDIA_TYPE(Nature.MEDIA_TYPE),
    BODY_TOO_LARGE(Nature.TOO_LARGE),
    URI_TOO_LONG(Nature.URI_TOO_LONG),
    HEADERS_TOO_LARGE(Nature.HEADERS_TOO_LARGE),
    REQUEST_TIMEOUT(Nature.TOO_SLOW),
    EXPECTATION_FAILED(Nature.EXPECTATION),

    // The shape of a Nostr event.
    INVALID_EVENT_SHAPE(Nature.MALFORMED),
    EVENT_TOO_LARGE(Nature.MALFORMED),
    INVALID_ID(Nature.MALFORMED),
    INVALID_PUBKEY(Nature.MALFORMED),
    INVALID_SIG(Nature.MALFORMED),
    INVALID_KIND(Nature.MALFORMED),
    INVALID_CREATED_AT(Nature.MALFORMED),
    UNSUPPORTED_KIND(Nature.MALFORMED),
    PUBKEY_MISMATCH(Nature.MALFORMED),
    NSEC_REFUSED(Nature.MALFORMED),

    // Contents of a login event.
    MISSING_TAG(Nature.UNPROVEN),
    DUPLICATE_TAG(Nature.UNPROVEN),
    METHOD_MISMATCH(Nature.UNPROVEN),
    URL_MISMATCH(Nature.UNPROVEN),
    CHALLENGE_UNKNOWN(Nature.UNPROVEN),
    CHALLENGE_EXPIRED(Nature.UNPROVEN),
    CREATED_AT_TOO_OLD(Nature.UNPROVEN),
    CREATED_AT_IN_FUTURE(Nature.UNPROVEN),
    INVALID_EXPIRATION(Nature.UNPROVEN),
    EVENT_EXPIRED(Nature.UNPROVEN),
    PAYLOAD_MISMATCH(Nature.UNPROVEN),
    CONTENT_MISMATCH(Nature.UNPROVEN),
    ID_MISMATCH(Nature.UNPROVEN),
    PUBKEY_NOT_ON_CURVE(Nature.UNPROVEN),
    INVALID_SIGNATURE(Nature.UNPROVEN),
    IDENTITY_BLOCKED(Nature.FORBIDDEN),
    CHALLENGE_USED(Nature.CONFLICT),
    EVENT_USED(Nature.CONFLICT),

    // Tokens and scopes.
    TOKEN_REQUIRED(Nature.UNPROVEN),
    INVALID_TOKEN(Nature.UNPROVEN),
    TOKEN_NOT_YET_VALID(Nature.UNPROVEN),
    TOKEN_EXPIRED(Nature.UNPROVEN),
    TOKEN_REVOKED(Nature.UNPROVEN),
    TOKEN_REUSED(Nature.UNPROVEN),
    CONFLICTING_CREDENTIALS(Nature.UNPROVEN),
    INSUFFICIENT_SCOPE(Nature.FORBIDDEN),
    NOT_OWNER(Nature.FORBIDDEN),

    // Resources and their states.
    NOT_FOUND(Nature.MISSING),
    METHOD_NOT_ALLOWED(Nature.METHOD),
    JOB_NOT_FOUND(Nature.MISSING),
    SESSION_NOT_FOUND(Nature.MISSING),
    IDENTITY_NOT_FOUND(Nature.MISSING),
    CREDENTIAL_NOT_FOUND(Nature.MISSING),
    LOGIN_NOT_FOUND(Nature.MISSING),
    SESSION_NOT_OPEN(Nature.CONFLICT),
    JOB_NOT_QUEUED(Nature.CONFLICT),
    JOB_NOT_RUNNING(Nature.CONFLICT),
    JOB_ALREADY_FINISHED(Nature.CONFLICT),
    STALE_FENCE(Nature.CONFLICT),
    ALREADY_REPORTED(Nature.CONFLICT),
    OUTPUT_OUT_OF_ORDER(Nature.CONFLICT),
    OUTPUT_TOO_LARGE(Nature.TOO_LARGE),
    NOTHING_TO_REVERSE(Nature.CONFLICT),
    ALREADY_REVERSED(Nature.CONFLICT),
    IDEMPOTENCY_IN_FLIGHT(Nature.CONFLICT),
    IDEMPOTENCY_KEY_REUSED(Nature.UNPROCESSABLE),

    // The server itself.
    RATE_LIMITED(Nature.TOO_MANY),
    OVERLOADED(Nature.UNAVAILABLE),
    DATABASE_UNAVAILABLE(Nature.UNAVAILABLE),
    INTERNAL_ERROR(Nature.BUG);

    /** Class of an error; the HTTP layer maps it to a status. */
    public enum Nature {
        MALFORMED,
        UNPROVEN,
        FORBIDDEN,
        MISSING,
        METHOD,
        TOO_SLOW,
        CONFLICT,
        TOO_LARGE,
        URI_TOO_LONG,
        HEADERS_TOO_LARGE,
        MEDIA_TYPE,
        EXPECTATION,
        UNPROCESSABLE,
        TOO_MANY,
        UNAVAILABLE,
        BUG
    }

    private final Nature nature;
    private final String code = name().toLowerCase(Locale.ROOT);

    ErrorCode(Nature nature) {
        this.nature = nature;
    }

    public Nature nature() {
        return nature;
    }

    /** The stable code, in snake_case. */
    public String code() {
        return code;
    }
}
