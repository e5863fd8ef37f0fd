package dev.nostrtrust.login;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode.Nature;
import dev.nostrtrust.http.Request;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Limits the rate at which refused logins are answered. Excess refusals are delayed, and their connections cannot send
 * another request meanwhile. This slows guessing down and does not affect valid logins. Belongs to one event loop.
 */
final class RefusalThrottle {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_WAIT = Duration.ofSeconds(5).toNanos();

    private final long interval;
    private long next = Long.MIN_VALUE;

    /**
     * Makes a throttle.
     *
     * @param perSecond refusals per second that are not delayed
     */
    RefusalThrottle(int perSecond) {
        this.interval = SECOND / perSecond;
    }

    /** Fails with the given failure: a refusal after its delay, any other failure at once. */
    <T> Future<T> fail(Request request, Throwable failure) {
        Vertx vertx =
                Vertx.currentContext() == null ? null : Vertx.currentContext().owner();
        boolean refused = failure instanceof ApiError error && error.code().nature() != Nature.UNAVAILABLE;
        long wait = refused ? turn(System.nanoTime()) : 0;
        if (vertx == null || wait < TimeUnit.MILLISECONDS.toNanos(1)) {
            return Future.failedFuture(failure);
        }
        request.releasePermit();
        return vertx.timer(wait, TimeUnit.NANOSECONDS).transform(over -> Future.failedFuture(failure));
    }

    /**
     * Reserves the next slot.
     *
     * @param now System.nanoTime
     * @return the delay in nanoseconds, from 0 to five seconds
     */
    long turn(long now) {
        // Unused slots of the last second may be used now.
        long earliest = next == Long.MIN_VALUE ? now - SECOND : Math.max(next, now - SECOND);
        if (earliest - now > LONGEST_WAIT) {
            return LONGEST_WAIT;
        }
        next = earliest + interval;
        return Math.max(0, earliest - now);
    }
}
