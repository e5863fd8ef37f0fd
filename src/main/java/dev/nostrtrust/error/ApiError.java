package dev.nostrtrust.error;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An expected error: an {@link ErrorCode} for programs and a detail for people. It has no stack trace, because it is
 * not a bug. The detail never contains a token, a signature or a secret.
 */
public final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient List<Violation> violations;
    private final transient Map<String, Object> hints;
    private final @Nullable Duration retryAfter;

    private ApiError(
            ErrorCode code,
            String detail,
            List<Violation> violations,
            Map<String, Object> hints,
            @Nullable Duration retryAfter) {
        super(detail, null, false, false);
        this.code = code;
        this.violations = List.copyOf(violations);
        this.hints = Map.copyOf(hints);
        this.retryAfter = retryAfter;
    }

    public static ApiError of(ErrorCode code, String detail) {
        return new ApiError(code, detail, List.of(), Map.of(), null);
    }

    /** The error of an invalid request, with all its violations. */
    public static ApiError invalid(List<Violation> violations) {
        return new ApiError(
                ErrorCode.INVALID_REQUEST,
                "The request is invalid. Correct the fields listed in violations.",
                violations,
                Map.of(),
                null);
    }

    /** A transient error. */
    public static ApiError unavailable(ErrorCode code, String detail, Duration retryAfter) {
        return new ApiError(code, detail, List.of(), Map.of(), retryAfter);
    }

    /** A copy with one more member in the problem document: a string, an integer or a list of strings. */
    public ApiError with(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(hints);
        more.put(name, value);
        return new ApiError(code, detail(), violations, more, retryAfter);
    }

    public ErrorCode code() {
        return code;
    }

    public String detail() {
        return String.valueOf(getMessage());
    }

    public List<Violation> violations() {
        return violations;
    }

    /** Additional members of the problem document, such as {@code expected}. */
    public Map<String, Object> hints() {
        return hints;
    }

    /** Time after which the client may send the request again; null if the error is not transient. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
