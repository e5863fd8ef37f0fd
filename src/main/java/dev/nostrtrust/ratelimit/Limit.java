package dev.nostrtrust.ratelimit;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * A rate limit: {@code quota} units in a window of time. Units return evenly, one each {@code window / quota}.
 *
 * @param name lower-case letters and dashes; limits with the same name share their buckets
 * @param quota 1 to 1,000,000
 * @param window one second to one day
 */
public record Limit(String name, int quota, Duration window) {
    private static final int MAX_QUOTA = 1_000_000;

    public Limit {
        if (!name.matches("[a-z-]+")) {
            throw new IllegalArgumentException("the name of a limit is lower-case letters and dashes");
        }
        if (quota < 1 || quota > MAX_QUOTA) {
            throw new IllegalArgumentException("a quota is 1 to " + MAX_QUOTA);
        }
        if (window.compareTo(Duration.ofSeconds(1)) < 0 || window.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("a window is one second to one day");
        }
    }

    /** Microseconds until one unit returns. */
    long emissionMicros() {
        return window.dividedBy(ChronoUnit.MICROS.getDuration()) / quota;
    }
}
