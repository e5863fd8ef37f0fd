package dev.nostrtrust.ratelimit;

import java.time.Duration;

/**
 * The result of a request for one unit of a limit.
 *
 * @param granted whether the unit was granted
 * @param remaining units left after this request
 * @param untilFull time until the whole quota is available
 * @param retryAfter time until one unit is available; zero if the unit was granted
 */
public record Allowance(Limit limit, boolean granted, long remaining, Duration untilFull, Duration retryAfter) {

    /** The field RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers. */
    public String policyField() {
        return "\"" + limit.name() + "\";q=" + limit.quota() + ";w=" + seconds(limit.window());
    }

    /** The field RateLimit of the same draft: units left, and seconds until the whole quota is available. */
    public String field() {
        return "\"" + limit.name() + "\";r=" + remaining + ";t=" + seconds(untilFull);
    }

    /** Whole seconds, rounded up, so that a client does not return too early. */
    private static long seconds(Duration duration) {
        return duration.plusNanos(999_999_999).toSeconds();
    }
}
