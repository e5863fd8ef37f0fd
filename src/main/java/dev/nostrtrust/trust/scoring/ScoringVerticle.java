package dev.nostrtrust.trust.scoring;

import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.observe.FailureLog;
import dev.nostrtrust.observe.TraceParent;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the {@link Scorer}: at start, at intervals, and on {@link Topic#TRUST_PENDING}. Any number of instances. */
public final class ScoringVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ScoringVerticle.class);

    /** After a pass that scored less than a batch: the facts that arrive within it share a commit. */
    private static final long PAUSE_MILLIS = 20;

    private final Scorer scorer;
    private final Settings settings;
    private final Bus bus;
    private final FailureLog failures = new FailureLog(LOG, "scoring");
    private Future<Integer> pass = Future.succeededFuture(0);
    private boolean requested;
    private boolean stopped;

    public ScoringVerticle(Scorer scorer, Settings settings, Bus bus) {
        this.scorer = scorer;
        this.settings = settings;
        this.bus = bus;
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(settings.scoringInterval().toMillis(), tick -> requestPass());
        requestPass();
        return bus.subscribe(Topic.TRUST_PENDING, message -> requestPass());
    }

    /** Waits for the end of the current pass. */
    @Override
    public Future<?> stop() {
        stopped = true;
        return pass.otherwiseEmpty();
    }

    /** Starts a pass. A request during a pass starts another pass after it. */
    private void requestPass() {
        requested = true;
        if (stopped || !pass.isComplete()) {
            return;
        }
        requested = false;
        // A pass has its own trace, because it may belong to several requests or to none.
        TraceParent.set(TraceParent.randomTraceId());
        // Inside compose, so that an exception fails the future and the next pass still runs.
        pass = Future.succeededFuture()
                .compose(begin -> scorer.hasUnscored())
                .compose(any -> any ? scorer.scoreBatch() : Future.succeededFuture(0))
                .compose(scored -> scored == 0 || isFull(scored)
                        ? Future.succeededFuture(scored)
                        : vertx.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS).map(scored))
                .onSuccess(this::passAgain)
                .onSuccess(scored -> failures.succeeded())
                .onFailure(failures::failed);
    }

    private void passAgain(int scored) {
        if (requested || isFull(scored)) {
            context.runOnContext(again -> requestPass());
        }
    }

    private boolean isFull(int scored) {
        return scored == settings.scoringBatch();
    }
}
