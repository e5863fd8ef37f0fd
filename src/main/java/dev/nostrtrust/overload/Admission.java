package dev.nostrtrust.overload;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.observe.Metrics;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.time.Duration;

/**
 * How many requests are in the works at once, in all event loops together: never more than HTTP_IN_FLIGHT, and only as
 * many as are answered within HTTP_ANSWER_TARGET on average. What is one too many is to be refused at once, which costs
 * far less than serving it late. Any thread.
 */
public final class Admission implements Shareable {
    private static final long WINDOW_NANOS = Duration.ofMillis(200).toNanos();
    /** The limit is not narrowed further than this: some requests have to tell how long they take. */
    private static final int LEAST = 64;

    private static final int FEWEST_TO_JUDGE_BY = 8;

    /** What is answered on the spot says nothing about waiting. */
    private static final long AT_ONCE_NANOS = Duration.ofMillis(1).toNanos();

    private final int most;
    private final long targetNanos;
    private int limit;
    private int inFlight;
    private long windowStart;
    private long answered;
    private long answeredNanos;
    private long lag;
    private volatile boolean full;

    /** What is shed first when there is too much. */
    public enum Precedence {
        /** Ends what others began: a worker's claims and reports. Has a reserve that nothing else gets. */
        FINISHING,
        /**
         * A look of somebody who was admitted and then waited. Always gets a permit: {@link RereadQueue} bounds these.
         */
        WOKEN,
        /** Everything else. */
        NEW,
        /** Gets a permit later, when its signature is verified; refused now if there is none. */
        UNPROVEN
    }

    Admission(int most, Duration target) {
        this.most = most;
        this.targetNanos = target.toNanos();
        this.limit = most;
    }

    /** The one of this process. */
    public static Admission of(Vertx vertx, Settings settings, Metrics metrics) {
        return vertx.sharedData().<String, Admission>getLocalMap("http").computeIfAbsent("admission", first -> {
            Admission admission = new Admission(settings.httpInFlight(), settings.httpAnswerTarget());
            Gauge.builder("http.server.in.flight", admission, Admission::inFlight)
                    .description("Requests in the works.")
                    .register(metrics.registry());
            Gauge.builder("http.server.in.flight.limit", admission, Admission::limit)
                    .description("How many requests may be in the works now; what is beyond is refused.")
                    .register(metrics.registry());
            return admission;
        });
    }

    /** Whether there is room for one more; who gets in has to {@link #leave}. */
    synchronized boolean enter(Precedence precedence) {
        if (inFlight >= room(precedence)) {
            return false;
        }
        inFlight++;
        full = inFlight >= limit;
        return true;
    }

    /**
     * Gives the place of a request back.
     *
     * @param now System.nanoTime
     * @param nanos how long the request was in the works
     */
    synchronized void leave(long now, long nanos) {
        inFlight--;
        if (nanos > AT_ONCE_NANOS) {
            answered++;
            answeredNanos += nanos;
        }
        if (now - windowStart >= WINDOW_NANOS && answered >= FEWEST_TO_JUDGE_BY) {
            adapt();
            windowStart = now;
            answered = 0;
            answeredNanos = 0;
        }
        full = inFlight >= limit;
    }

    /** Whether there is no room for what is new. */
    public boolean isFull() {
        return full;
    }

    /**
     * Hears how late an event loop is, in nanoseconds. What requests wait for the loop itself does not tell against
     * their number: fewer of them would not make it any faster.
     */
    synchronized void late(long nanos) {
        lag = Math.max(nanos, lag - lag / 4);
    }

    /** How many may be in the works now. */
    synchronized int limit() {
        return limit;
    }

    synchronized int inFlight() {
        return inFlight;
    }

    /** A quarter more than the limit for what others wait for. */
    private int room(Precedence precedence) {
        return switch (precedence) {
            case FINISHING -> limit + limit / 4 + 1;
            case WOKEN -> Integer.MAX_VALUE;
            case NEW, UNPROVEN -> limit;
        };
    }

    private void adapt() {
        // A request waits for its loop to be read, and for its answer to be written.
        long mean = answeredNanos / answered - 2 * lag;
        if (mean > targetNanos) {
            // By Little's law this is the number that would be answered within the target; at most half at a time.
            long wanted = Math.max(limit / 2, limit * targetNanos / mean);
            limit = (int) Math.max(Math.min(LEAST, most), wanted);
        } else if (limit < most) {
            limit = Math.min(most, limit + Math.max(1, limit / 8));
        }
    }
}
