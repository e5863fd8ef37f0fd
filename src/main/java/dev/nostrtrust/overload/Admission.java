package dev.nostrtrust.overload;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.observe.Metrics;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.time.Duration;

/**
 * Limits the requests in flight in the whole process. The limit is at most HTTP_IN_FLIGHT. It falls while the mean
 * answer time exceeds HTTP_ANSWER_TARGET, and rises again afterwards. A refusal costs far less than a late answer. Any
 * thread.
 */
public final class Admission implements Shareable {
    private static final long WINDOW_NANOS = Duration.ofMillis(200).toNanos();
    /** Lowest adapted limit. Some requests must run, because their answer times adapt the limit. */
    private static final int MIN_LIMIT = 64;

    private static final int MIN_SAMPLES = 8;

    /** Shorter answers are not samples: they do not wait for the database or a worker. */
    private static final long MIN_SAMPLE_NANOS = Duration.ofMillis(1).toNanos();

    private final int maxLimit;
    private final long targetNanos;
    private int limit;
    private int inFlight;
    private long windowStart;
    private long samples;
    private long sampleNanos;
    private long loopLagNanos;
    private volatile boolean full;

    /** Class of a request. It decides which requests are refused first. */
    public enum Precedence {
        /** A worker's claim or report, which completes a request of another client. May use the reserve. */
        FINISHING,
        /** A read of an admitted request after a wake-up. Always gets a permit: {@link RereadQueue} limits these. */
        WOKEN,
        /** Any other request. */
        NEW,
        /** Gets a permit when its signature is verified. Refused at once while no permit is free. */
        UNPROVEN
    }

    Admission(int maxLimit, Duration target) {
        this.maxLimit = maxLimit;
        this.targetNanos = target.toNanos();
        this.limit = maxLimit;
    }

    /** The admission of this process. */
    public static Admission of(Vertx vertx, Settings settings, Metrics metrics) {
        return vertx.sharedData().<String, Admission>getLocalMap("http").computeIfAbsent("admission", first -> {
            Admission admission = new Admission(settings.httpInFlight(), settings.httpAnswerTarget());
            Gauge.builder("http.server.in.flight", admission, Admission::inFlight)
                    .description("Requests in flight.")
                    .register(metrics.registry());
            Gauge.builder("http.server.in.flight.limit", admission, Admission::limit)
                    .description("Current limit of requests in flight. Further requests are refused.")
                    .register(metrics.registry());
            return admission;
        });
    }

    /** Acquires a permit; returns false when none is free. Each acquired permit must be {@link #release released}. */
    synchronized boolean acquire(Precedence precedence) {
        if (inFlight >= limitFor(precedence)) {
            return false;
        }
        inFlight++;
        full = inFlight >= limit;
        return true;
    }

    /**
     * Releases a permit.
     *
     * @param now System.nanoTime
     * @param nanos time for which the permit was held
     */
    synchronized void release(long now, long nanos) {
        inFlight--;
        if (nanos > MIN_SAMPLE_NANOS) {
            samples++;
            sampleNanos += nanos;
        }
        if (now - windowStart >= WINDOW_NANOS && samples >= MIN_SAMPLES) {
            adapt();
            windowStart = now;
            samples = 0;
            sampleNanos = 0;
        }
        full = inFlight >= limit;
    }

    /** Whether a {@link Precedence#NEW} request gets no permit now. */
    public boolean isFull() {
        return full;
    }

    /**
     * Records the lag of an event loop. The lag is subtracted from answer times, because a lower limit does not shorten
     * it.
     */
    synchronized void recordLoopLag(long nanos) {
        loopLagNanos = Math.max(nanos, loopLagNanos - loopLagNanos / 4);
    }

    /** The current limit of {@link Precedence#NEW} requests. */
    synchronized int limit() {
        return limit;
    }

    synchronized int inFlight() {
        return inFlight;
    }

    /** The reserve is a quarter of the limit. */
    private int limitFor(Precedence precedence) {
        return switch (precedence) {
            case FINISHING -> limit + limit / 4 + 1;
            case WOKEN -> Integer.MAX_VALUE;
            case NEW, UNPROVEN -> limit;
        };
    }

    private void adapt() {
        // A request waits for its loop twice: to be read, and to be answered.
        long mean = sampleNanos / samples - 2 * loopLagNanos;
        if (mean > targetNanos) {
            // Little's law gives the limit that meets the target. One step halves the limit at most.
            long target = Math.max(limit / 2, limit * targetNanos / mean);
            limit = (int) Math.max(Math.min(MIN_LIMIT, maxLimit), target);
        } else if (limit < maxLimit) {
            limit = Math.min(maxLimit, limit + Math.max(1, limit / 8));
        }
    }
}
