package dev.nostrtrust.ratelimit;

import java.time.Duration;

/**
 * What became of asking for one unit.
 *
 * @param granted whether there was one
 * @param remaining how many more there were right then
 * @param untilFull how long until the whole quota is there again
 * @param retryAfter how long until there is a unit; zero where one was granted
 */
public record Allowance(Limit limit, boolean granted, long remaining, Duration untilFull, Duration retryAfter) {

    /** The field RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers. */
    public String policyField() {
        return "\"" + limit.name() + "\";q=" + limit.quota() + ";w=" + seconds(limit.window());
    }

    /** The field RateLimit of the same draft: what is left, and in how many seconds all of it is there again. */
    public String field() {
        return "\"" + limit.name() + "\";r=" + remaining + ";t=" + seconds(untilFull);
    }

    /** In whole seconds, so that nobody comes back too early. */
    private static long seconds(Duration duration) {
        return duration.plusNanos(999_999_999).toSeconds();
    }
}
