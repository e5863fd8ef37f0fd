package dev.nostrtrust.db;

import dev.nostrtrust.observe.FailureLog;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a sweep at start and then periodically. One sweep runs at a time. The next one follows at once while more rows
 * are due; after a failure it waits for the interval. The log contains the first failure and the recovery.
 */
public final class SweepVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(SweepVerticle.class);

    private final FailureLog failureLog;
    private final Duration interval;
    private final Supplier<Future<Boolean>> sweep;
    private Future<Boolean> running = Future.succeededFuture(false);

    /**
     * Creates the verticle of one sweep.
     *
     * @param subject name of the swept rows, for the log
     * @param interval time between sweeps while no rows are due
     * @param sweep handles a limited number of rows and returns whether more may be due; sweeps of other nodes skip
     *     these rows
     */
    public SweepVerticle(String subject, Duration interval, Supplier<Future<Boolean>> sweep) {
        this.failureLog = new FailureLog(LOG, "the sweep of " + subject);
        this.interval = interval;
        this.sweep = sweep;
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(interval.toMillis(), tick -> sweep());
        sweep();
        return Future.succeededFuture();
    }

    /** Waits for the running sweep. */
    @Override
    public Future<?> stop() {
        return running.otherwiseEmpty();
    }

    private void sweep() {
        if (!running.isComplete()) {
            return;
        }
        // compose turns an exception into a failed sweep.
        running = Future.succeededFuture()
                .compose(begin -> sweep.get())
                .onFailure(failureLog::failed)
                .onSuccess(more -> {
                    failureLog.succeeded();
                    if (more) {
                        context.runOnContext(again -> sweep());
                    }
                });
    }
}
