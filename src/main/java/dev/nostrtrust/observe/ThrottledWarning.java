package dev.nostrtrust.observe;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** A warning that is logged at most once per second, with the number of warnings left out before it. Any thread. */
public final class ThrottledWarning {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Logger log;
    private final String subject;
    private final LongSupplier nanoTime;
    private final AtomicLong next;
    private final LongAdder suppressed = new LongAdder();

    /**
     * Creates a warning that was not logged yet.
     *
     * @param subject first word of each line
     * @param nanoTime monotonic clock, in nanoseconds
     */
    public ThrottledWarning(Logger log, String subject, LongSupplier nanoTime) {
        this.log = log;
        this.subject = subject;
        this.nanoTime = nanoTime;
        this.next = new AtomicLong(nanoTime.getAsLong());
    }

    /** Logs an error, or counts it if the last line is less than a second old. */
    public void of(Throwable error) {
        long now = nanoTime.getAsLong();
        long due = next.get();
        if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL_NANOS)) {
            suppressed.increment();
            return;
        }
        long others = suppressed.sumThenReset();
        if (others == 0) {
            log.warn("{}: {}", subject, error.toString());
        } else {
            log.warn("{}: {} ({} more since the last such line)", subject, error.toString(), others);
        }
    }
}
