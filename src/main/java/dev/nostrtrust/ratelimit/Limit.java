package dev.nostrtrust.ratelimit;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * So many units in a window of time. A unit that was taken comes back after a window's {@code quota}-th part, so that
 * whoever took all of them at once has all of them again after a window.
 *
 * @param name lower-case letters and dashes; what is counted under one name is counted together
 * @param quota 1 to 1,000,000
 * @param window a second to a day
 */
public record Limit(String name, int quota, Duration window) {
    private static final int LARGEST = 1_000_000;

    public Limit {
        if (!name.matches("[a-z-]+")) {
            throw new IllegalArgumentException("a limit has a name of lower-case letters");
        }
        if (quota < 1 || quota > LARGEST) {
            throw new IllegalArgumentException("a quota is from 1 to " + LARGEST);
        }
        if (window.compareTo(Duration.ofSeconds(1)) < 0 || window.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("a window is from a second to a day");
        }
    }

    /** After how many microseconds one unit comes back. */
    long emissionMicros() {
        return window.dividedBy(ChronoUnit.MICROS.getDuration()) / quota;
    }
}
