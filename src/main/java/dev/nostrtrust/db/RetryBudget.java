package dev.nostrtrust.db;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Time budget for retries. Only the attempts count, not the time between them. One thread. */
final class RetryBudget {
    private final InstantSource clock;
    private final Duration limit;
    private Duration used = Duration.ZERO;
    private Instant attemptStart = Instant.MAX;

    RetryBudget(InstantSource clock, Duration limit) {
        if (limit.isNegative()) {
            throw new IllegalArgumentException("a retry budget is not negative: " + limit);
        }
        this.clock = clock;
        this.limit = limit;
    }

    /** Starts an attempt. */
    void begin() {
        attemptStart = clock.instant();
    }

    /** Ends the current attempt, if any; returns whether all attempts together exceed the budget. */
    boolean isExhausted() {
        Instant now = clock.instant();
        if (attemptStart.isBefore(now)) {
            used = used.plus(Duration.between(attemptStart, now));
        }
        attemptStart = Instant.MAX;
        return used.compareTo(limit) > 0;
    }
}
