package dev.nostrtrust;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;

/** The system's clock, set forward as far as a test wants. */
public final class TestClock implements InstantSource {
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    @Override
    public Instant instant() {
        return Application.SYSTEM_CLOCK.instant().plus(ahead.get());
    }

    /** Sets it to the next noon in UTC, for tests that a midnight would disturb. */
    public void advanceToNoon() {
        Instant now = instant();
        Instant noon = now.truncatedTo(ChronoUnit.DAYS).plus(Duration.ofHours(36));
        advance(Duration.between(now, noon));
    }

    public void advance(Duration by) {
        ahead.updateAndGet(by::plus);
    }
}
