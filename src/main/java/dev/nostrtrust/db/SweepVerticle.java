package dev.nostrtrust.db;

import dev.nostrtrust.observe.FailureLog;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does at once, and then again and again, what time makes due. One sweep at a time, and the next one at once while
 * there is more; a sweep that fails waits for its next turn. The log says when that begins and when it is over.
 */
public final class SweepVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(SweepVerticle.class);

    private final FailureLog setback;
    private final Duration interval;
    private final Supplier<Future<Boolean>> sweep;
    private Future<Boolean> underWay = Future.succeededFuture(false);

    /**
     * Makes one that begins when it is deployed.
     *
     * @param what is swept, for the log
     * @param interval from one sweep that found no more to the next
     * @param sweep handles a bounded number of rows, which other nodes' sweeps skip, and says whether there may be more
     */
    public SweepVerticle(String what, Duration interval, Supplier<Future<Boolean>> sweep) {
        this.setback = new FailureLog(LOG, "the sweep of " + what);
        this.interval = interval;
        this.sweep = sweep;
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(interval.toMillis(), tick -> sweep());
        sweep();
        return Future.succeededFuture();
    }

    /** Lets the sweep that is under way finish. */
    @Override
    public Future<?> stop() {
        return underWay.otherwiseEmpty();
    }

    private void sweep() {
        if (!underWay.isComplete()) {
            return;
        }
        // Composed, so that a sweep that throws fails like any other and has its next turn.
        underWay = Future.succeededFuture()
                .compose(begin -> sweep.get())
                .onFailure(setback::failed)
                .onSuccess(more -> {
                    setback.succeeded();
                    if (more) {
                        context.runOnContext(again -> sweep());
                    }
                });
    }
}
