package dev.nostrtrust.login;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode.Nature;
import dev.nostrtrust.http.Request;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Refused logins are answered at a bounded rate: those beyond it wait in line, each on its own connection, which cannot
 * send the next one meanwhile. Guessing gets slower by that, and honest logins do not. Belongs to one event loop.
 */
final class RefusalThrottle {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_WAIT = Duration.ofSeconds(5).toNanos();

    private final long interval;
    private long next = Long.MIN_VALUE;

    /**
     * Makes an empty line.
     *
     * @param perSecond how many refusals a second go without waiting
     */
    RefusalThrottle(int perSecond) {
        this.interval = SECOND / perSecond;
    }

    /** Fails with this failure: a refusal when its turn has come, and anything else at once. */
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
     * Takes a place in the line.
     *
     * @param now System.nanoTime
     * @return how long it is until then, in nanoseconds: 0 for the first of a second, five seconds at most
     */
    long turn(long now) {
        // What was not used of the second before may be used now, and no more than that.
        long earliest = next == Long.MIN_VALUE ? now - SECOND : Math.max(next, now - SECOND);
        if (earliest - now > LONGEST_WAIT) {
            return LONGEST_WAIT;
        }
        next = earliest + interval;
        return Math.max(0, earliest - now);
    }
}
