package dev.nostrtrust.client;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A server answered with another status than 2xx. */
final class ServerException extends IllegalStateException {
    private static final long serialVersionUID = 1L;
    private static final Set<Integer> TEMPORARY = Set.of(408, 425, 429);
    private static final Set<String> CLAIM_LOST = Set.of(
            "stale_fence", "already_reported", "job_already_finished", "job_not_running", "not_owner", "job_not_found");

    private final int status;
    private final String code;
    private final String jobState;
    private final Duration retryAfter;

    private ServerException(String message, int status, String code, String jobState, Duration retryAfter) {
        super(message);
        this.status = status;
        this.code = code;
        this.jobState = jobState;
        this.retryAfter = retryAfter;
    }

    /** Reads a problem document; any other body is shortened. */
    static ServerException of(URI server, int status, @Nullable String retryAfter, Buffer body) {
        JsonObject problem = new JsonObject();
        String detail;
        try {
            problem = new JsonObject(body);
            detail = text(problem, "detail", "no detail");
        } catch (RuntimeException notJson) {
            detail = body.getString(0, Math.min(200, body.length()));
        }
        return new ServerException(
                server + " answered " + status + ": " + detail,
                status,
                text(problem, "code", ""),
                text(problem, "state", ""),
                seconds(retryAfter));
    }

    private static String text(JsonObject problem, String name, String otherwise) {
        return problem.getValue(name) instanceof String text ? text : otherwise;
    }

    /** The other form, a date, is ignored. */
    private static Duration seconds(@Nullable String retryAfter) {
        return retryAfter != null && retryAfter.matches("\\d{1,9}")
                ? Duration.ofSeconds(Long.parseLong(retryAfter))
                : Duration.ZERO;
    }

    /** Whether the server gives the same answer to the same request. */
    static boolean isFinal(Throwable failure) {
        return failure instanceof ServerException refusal
                && refusal.status >= 400
                && refusal.status < 500
                && !TEMPORARY.contains(refusal.status);
    }

    /** Whether the token is refused, or lacks the scope. */
    static boolean isTokenRefused(Throwable failure) {
        return failure instanceof ServerException refusal && (refusal.status == 401 || refusal.status == 403);
    }

    /** Whether the claim of this request is over. */
    static boolean isClaimLost(Throwable failure) {
        return failure instanceof ServerException refusal && CLAIM_LOST.contains(refusal.code);
    }

    /** The state in which the job ended, or the error code. */
    String lossReason() {
        return jobState.isEmpty() || !code.equals("job_already_finished") ? code : jobState;
    }

    /** The least time before the request is repeated; zero if the server names none. */
    Duration retryAfter() {
        return retryAfter;
    }
}
