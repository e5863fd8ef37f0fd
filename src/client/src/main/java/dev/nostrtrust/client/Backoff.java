package dev.nostrtrust.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Pauses before a request is repeated: a second, then twice as long each time, with jitter. */
final class Backoff {
    private static final Duration FIRST = Duration.ofSeconds(1);
    /** The longest Retry-After that is respected. */
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final Duration max;
    private Duration next;

    Backoff(Duration max) {
        this.max = max;
        this.next = min(FIRST, max);
    }

    /** The pause after a failure: half of the current pause up to all of it, or longer if the server asks for that. */
    Duration next(Throwable failure) {
        long half = next.toMillis() / 2;
        Duration pause =
                Duration.ofMillis(1 + half + ThreadLocalRandom.current().nextLong(half + 1));
        next = min(next.multipliedBy(2), max);
        Duration asked = failure instanceof ServerException refusal ? refusal.retryAfter() : Duration.ZERO;
        return asked.compareTo(pause) > 0 ? min(asked, LONGEST) : pause;
    }

    /** The next failure is the first one again. */
    void reset() {
        next = min(FIRST, max);
    }

    static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
