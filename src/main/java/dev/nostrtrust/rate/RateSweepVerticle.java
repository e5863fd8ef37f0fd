package dev.nostrtrust.rate;

import dev.nostrtrust.platform.Database;
import dev.nostrtrust.platform.Settings;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Forgets the buckets that are full again. One sweep at a time; several nodes skip each other's rows. */
public final class RateSweepVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(RateSweepVerticle.class);

    /** A bucket is far smaller than a job: a sweep takes so many times the batch of others. */
    private static final int BATCHES = 10;

    private final RateBuckets buckets;
    private final Settings settings;
    private Future<Boolean> sweep = Future.succeededFuture(false);

    public RateSweepVerticle(Database database, Settings settings) {
        this.buckets = new RateBuckets(database);
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(settings.rateSweepInterval().toMillis(), tick -> sweep());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return sweep.otherwiseEmpty();
    }

    private void sweep() {
        if (!sweep.isComplete()) {
            return;
        }
        sweep = buckets.sweep(settings.sweepBatch() * BATCHES)
                .onFailure(e -> LOG.warn("the sweep of rate limits waits for its next turn: {}", e.toString()))
                .onSuccess(more -> {
                    if (more) {
                        context.runOnContext(again -> sweep());
                    }
                });
    }
}
