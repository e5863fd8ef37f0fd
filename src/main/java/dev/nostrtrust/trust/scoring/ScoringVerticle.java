package dev.nostrtrust.trust.scoring;

import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.observe.FailureLog;
import dev.nostrtrust.observe.TraceParent;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.LedgerFold;
import dev.nostrtrust.trust.ledger.LedgerFold.Waiting;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.model.TrustModel;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives facts their place and their score: when nudged, at start, and now and then without being asked. One head in the
 * database means one writer at a time in the whole cluster, however many of these run. What it publishes was committed
 * before.
 */
public final class ScoringVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ScoringVerticle.class);

    private final Database database;
    private final ScoringStore store;
    private final TrustModel model;
    private final Settings settings;
    private final InstantSource clock;
    private final Bus bus;
    private final FailureLog setback = new FailureLog(LOG, "scoring");
    private Future<List<Entry>> pass = Future.succeededFuture(List.of());
    private boolean nudged;
    private boolean stopped;

    public ScoringVerticle(Database database, TrustModel model, Settings settings, InstantSource clock, Bus bus) {
        this.database = database;
        this.store = new ScoringStore(database);
        this.model = model;
        this.settings = settings;
        this.clock = clock;
        this.bus = bus;
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(settings.scoringInterval().toMillis(), tick -> wake());
        wake();
        return bus.subscribe(Topic.TRUST_PENDING, message -> wake());
    }

    /** Lets the pass that is under way finish. */
    @Override
    public Future<?> stop() {
        stopped = true;
        return pass.otherwiseEmpty();
    }

    /** One pass at a time; a nudge during a pass makes another one follow. */
    private void wake() {
        nudged = true;
        if (stopped || !pass.isComplete()) {
            return;
        }
        nudged = false;
        // Several requests may have led to it, or none: what it publishes belongs to a trace of its own.
        TraceParent.set(TraceParent.randomTraceId());
        // Composed, so that a pass that throws fails like any other and has its next turn.
        pass = Future.succeededFuture()
                .compose(begin -> store.anyWaiting())
                .compose(any -> any ? score() : Future.succeededFuture(List.<Entry>of()))
                .onSuccess(this::publish)
                .onSuccess(entries -> setback.succeeded())
                .onFailure(setback::failed);
    }

    private void publish(List<Entry> entries) {
        entries.forEach(
                entry -> bus.publish(Topic.TRUST_CHANGED, Long.toString(entry.id()), entry.seq(), entry.toJson()));
        if (nudged || entries.size() == settings.scoringBatch()) {
            context.runOnContext(again -> wake());
        }
    }

    private Future<List<Entry>> score() {
        return database.transaction(transaction -> {
            Future<LedgerHead> head = store.lockHead(transaction);
            // Sent behind the lock without waiting for it: run once it is held, it sees all that was committed before.
            Future<List<Waiting>> waiting = store.waiting(transaction, settings.scoringBatch());
            return Future.all(head, waiting)
                    .compose(both -> waiting.result().isEmpty()
                            ? Future.succeededFuture(List.of())
                            : fold(transaction, head.result(), waiting.result()));
        });
    }

    private Future<List<Entry>> fold(SqlConnection transaction, LedgerHead head, List<Waiting> waiting) {
        return store.lockStandings(transaction, waiting).compose(standings -> {
            LedgerFold fold = new LedgerFold(model, head, standings);
            Instant now = clock.instant();
            waiting.forEach(fact -> fold.fold(fact, now));
            return store.write(transaction, model, fold).map(fold.entries());
        });
    }
}
