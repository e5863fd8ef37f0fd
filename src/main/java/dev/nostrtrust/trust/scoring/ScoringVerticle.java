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
 * Scores facts: at start, at intervals, and on {@link Topic#TRUST_PENDING}. The lock of the head in the database allows
 * one writer at a time in the whole cluster, for any number of instances. Publishes entries after their commit.
 */
public final class ScoringVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ScoringVerticle.class);

    private final Database database;
    private final ScoringStore store;
    private final TrustModel model;
    private final Settings settings;
    private final InstantSource clock;
    private final Bus bus;
    private final FailureLog failures = new FailureLog(LOG, "scoring");
    private Future<List<Entry>> pass = Future.succeededFuture(List.of());
    private boolean requested;
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
                .compose(begin -> store.hasUnscored())
                .compose(any -> any ? score() : Future.succeededFuture(List.<Entry>of()))
                .onSuccess(this::publish)
                .onSuccess(entries -> failures.succeeded())
                .onFailure(failures::failed);
    }

    private void publish(List<Entry> entries) {
        entries.forEach(
                entry -> bus.publish(Topic.TRUST_CHANGED, Long.toString(entry.id()), entry.seq(), entry.toJson()));
        if (requested || entries.size() == settings.scoringBatch()) {
            context.runOnContext(again -> requestPass());
        }
    }

    private Future<List<Entry>> score() {
        return database.transaction(transaction -> {
            Future<LedgerHead> head = store.lockHead(transaction);
            // Pipelined behind the lock: it runs after the lock is held and sees all earlier commits.
            Future<List<Waiting>> unscored = store.unscored(transaction, settings.scoringBatch());
            return Future.all(head, unscored)
                    .compose(both -> unscored.result().isEmpty()
                            ? Future.succeededFuture(List.of())
                            : fold(transaction, head.result(), unscored.result()));
        });
    }

    private Future<List<Entry>> fold(SqlConnection transaction, LedgerHead head, List<Waiting> unscored) {
        return store.lockStandings(transaction, unscored).compose(standings -> {
            LedgerFold fold = new LedgerFold(model, head, standings);
            Instant now = clock.instant();
            unscored.forEach(fact -> fold.fold(fact, now));
            return store.write(transaction, model, fold).map(fold.entries());
        });
    }
}
