package dev.nostrtrust.http;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode.Nature;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Builds the {@code WWW-Authenticate} header of a refusal (RFC 6750, section 3). Pure. */
final class BearerChallenge {
    private BearerChallenge() {}

    /** The value of the header; null where the refusal is not about credentials. */
    static @Nullable String of(ApiError error) {
        return switch (error.code()) {
            case INVALID_TOKEN,
                    TOKEN_NOT_YET_VALID,
                    TOKEN_EXPIRED,
                    TOKEN_REVOKED,
                    TOKEN_REUSED,
                    CONFLICTING_CREDENTIALS -> error("invalid_token", error);
            case INSUFFICIENT_SCOPE -> error("insufficient_scope", error) + scope(error);
            // RFC 6750: no error code where the request has no bearer token.
            default -> error.code().nature() == Nature.UNPROVEN ? "Bearer" : null;
        };
    }

    private static String error(String code, ApiError error) {
        return "Bearer error=\"" + code + "\", error_description=\"" + text(error.detail()) + '"';
    }

    private static String scope(ApiError error) {
        return error.hints().get("expected") instanceof List<?> scopes
                ? ", scope=\"" + text(scopes.stream().map(Object::toString).collect(Collectors.joining(" "))) + '"'
                : "";
    }

    /** Removes the characters that a quoted string of the header must not contain. */
    private static String text(String detail) {
        return detail.replaceAll("[^\\x20-\\x7e]|[\"\\\\]", "'");
    }
}
