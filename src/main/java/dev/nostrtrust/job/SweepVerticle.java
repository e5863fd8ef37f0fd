package dev.nostrtrust.job;

import dev.nostrtrust.platform.Settings;
import dev.nostrtrust.session.SessionService;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after what time ends: leases, deadlines, sessions. One sweep at a time; several nodes skip each other's rows.
 */
public final class SweepVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(SweepVerticle.class);

    private final JobService jobs;
    private final SessionService sessions;
    private final Settings settings;
    private Future<Boolean> sweep = Future.succeededFuture(false);

    public SweepVerticle(JobService jobs, SessionService sessions, Settings settings) {
        this.jobs = jobs;
        this.sessions = sessions;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(settings.sweepInterval().toMillis(), tick -> sweep());
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
        sweep = jobs.sweep()
                .compose(moreJobs -> sessions.sweep().map(moreSessions -> moreJobs || moreSessions))
                .onFailure(e -> LOG.warn("the sweep waits for its next turn: {}", e.toString()))
                .onSuccess(more -> {
                    if (more) {
                        context.runOnContext(again -> sweep());
                    }
                });
    }
}
