package dev.nostrtrust.db;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * How long somebody tries in vain before giving up: the time of the tries alone, without what lies between. One thread.
 */
final class RetryBudget {
    private final InstantSource clock;
    private final Duration longest;
    private Duration tried = Duration.ZERO;
    private Instant began = Instant.MAX;

    RetryBudget(InstantSource clock, Duration longest) {
        if (longest.isNegative()) {
            throw new IllegalArgumentException("patience is no less than none: " + longest);
        }
        this.clock = clock;
        this.longest = longest;
    }

    /** A try begins. */
    void begin() {
        began = clock.instant();
    }

    /** Ends the try that began, if one did; whether all of them together took too long. */
    boolean isOverAfterThis() {
        Instant now = clock.instant();
        if (began.isBefore(now)) {
            tried = tried.plus(Duration.between(began, now));
        }
        began = Instant.MAX;
        return tried.compareTo(longest) > 0;
    }
}
