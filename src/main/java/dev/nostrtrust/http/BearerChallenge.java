package dev.nostrtrust.http;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode.Nature;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The {@code WWW-Authenticate} of a refusal (RFC 6750, 3). Pure. */
final class BearerChallenge {
    private BearerChallenge() {}

    /** The header's value; null for a refusal that has nothing to do with credentials. */
    static @Nullable String of(ApiError error) {
        return switch (error.code()) {
            case INVALID_TOKEN,
                    TOKEN_NOT_YET_VALID,
                    TOKEN_EXPIRED,
                    TOKEN_REVOKED,
                    TOKEN_REUSED,
                    CONFLICTING_CREDENTIALS -> error("invalid_token", error);
            case INSUFFICIENT_SCOPE -> error("insufficient_scope", error) + scope(error);
            // No credentials were sent, or they were an event: there is no error of a token.
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

    /** Printable ASCII without the two characters that the header cannot hold. */
    private static String text(String detail) {
        return detail.replaceAll("[^\\x20-\\x7e]|[\"\\\\]", "'");
    }
}
