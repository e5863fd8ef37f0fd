package dev.nostrtrust.client;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Extends a claim three times in each lease. Progress is sent at once, but at most once a second; the newest one
 * replaces one that was not sent. Belongs to the context of the worker.
 */
final class Heartbeats {
    private static final System.Logger LOG = System.getLogger(Heartbeats.class.getName());
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(1);
    private static final int PER_LEASE = 3;

    private final Vertx vertx;
    private final Claim claim;
    private final Backoff backoff;
    private @Nullable Object progress;
    private long timer = -1;
    private long progressNanos = System.nanoTime() - PROGRESS_INTERVAL.toNanos();
    private boolean sending;
    private boolean stopped;

    Heartbeats(Vertx vertx, Claim claim, Duration maxBackoff) {
        this.vertx = vertx;
        this.claim = claim;
        this.backoff = new Backoff(maxBackoff);
        plan(interval());
    }

    /** Shows a JSON value to the user. */
    void progress(Object value) {
        progress = value;
        if (!sending && !stopped) {
            plan(untilProgress());
        }
    }

    void stop() {
        stopped = true;
        vertx.cancelTimer(timer);
    }

    /** The time between two heartbeats of a lease. */
    static Duration interval(Duration lease) {
        return lease.dividedBy(PER_LEASE);
    }

    private Duration interval() {
        return interval(claim.lease());
    }

    private Duration untilProgress() {
        return PROGRESS_INTERVAL.minusNanos(System.nanoTime() - progressNanos);
    }

    /** Sends the next heartbeat after a pause, and earlier than planned if there is progress. */
    private void plan(Duration pause) {
        vertx.cancelTimer(timer);
        timer = vertx.setTimer(Math.max(1, pause.toMillis()), now -> send());
    }

    private void send() {
        Object sent = progress;
        progress = null;
        sending = true;
        JsonObject fields = new JsonObject();
        if (sent != null) {
            progressNanos = System.nanoTime();
            fields.put("progress", sent);
        }
        claim.send("heartbeat", fields).onComplete(answer -> {
            sending = false;
            if (stopped) {
                return;
            }
            if (answer.succeeded()) {
                backoff.reset();
                plan(progress == null ? interval() : Backoff.min(untilProgress(), interval()));
            } else {
                failed(answer.cause(), sent);
            }
        });
    }

    private void failed(Throwable cause, @Nullable Object sent) {
        if (ServerException.isClaimLost(cause)) {
            return;
        }
        LOG.log(Level.WARNING, "a heartbeat of job {0} fails: {1}", claim.id(), cause.toString());
        if (progress == null && !ServerException.isFinal(cause)) {
            progress = sent;
        }
        plan(Backoff.min(backoff.next(cause), interval()));
    }
}
