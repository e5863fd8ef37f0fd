package dev.nostrtrust.observe;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * A warning that thousands of requests may have reason for within a second: one line a second at most, which says how
 * many there would have been before it. Any thread.
 */
public final class ThrottledWarning {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Logger log;
    private final String what;
    private final LongSupplier nanoTime;
    private final AtomicLong next;
    private final LongAdder left = new LongAdder();

    /**
     * Nothing was warned of yet.
     *
     * @param what comes first in each line
     * @param nanoTime nanoseconds on a clock that never goes back
     */
    public ThrottledWarning(Logger log, String what, LongSupplier nanoTime) {
        this.log = log;
        this.what = what;
        this.nanoTime = nanoTime;
        this.next = new AtomicLong(nanoTime.getAsLong());
    }

    /** There is reason for it, now. */
    public void of(Throwable error) {
        long now = nanoTime.getAsLong();
        long due = next.get();
        if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL_NANOS)) {
            left.increment();
            return;
        }
        long others = left.sumThenReset();
        if (others == 0) {
            log.warn("{}: {}", what, error.toString());
        } else {
            log.warn("{}: {}, after {} more since the last such line", what, error.toString(), others);
        }
    }
}
