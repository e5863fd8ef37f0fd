package dev.nostrtrust.trust.scoring;

import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.LedgerFold;
import dev.nostrtrust.trust.ledger.LedgerFold.Waiting;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.TrustModel;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Scores facts. The lock of the head in the database allows one writer at a time in the whole cluster. Publishes
 * entries after their commit. Any thread.
 */
public final class Scorer {
    private final Database database;
    private final ScoringStore store;
    private final TrustModel model;
    private final int batch;
    private final InstantSource clock;
    private final Bus bus;

    public Scorer(Database database, TrustModel model, Settings settings, InstantSource clock, Bus bus) {
        this.database = database;
        this.store = new ScoringStore(database);
        this.model = model;
        this.batch = settings.scoringBatch();
        this.clock = clock;
        this.bus = bus;
    }

    /** The result of a transaction, to be published after its commit. */
    private record Result(Standing standing, List<Entry> entries) {}

    /** Whether there are unscored facts. Takes no lock. */
    Future<Boolean> hasUnscored() {
        return store.hasUnscored();
    }

    /**
     * Scores the next batch of facts.
     *
     * @return the number of scored facts; as many as a batch has if more may wait
     */
    Future<Integer> scoreBatch() {
        return database.transaction(this::scoreBatch).onSuccess(this::publish).map(List::size);
    }

    /**
     * Runs an action on an identity, and scores its facts in the same transaction, after the earlier facts of the
     * identity.
     *
     * @param action inserts facts of this identity; the transaction is rolled back if it fails
     * @return the standing after the action
     */
    public Future<Standing> act(PublicKey pubkey, Function<SqlConnection, Future<Void>> action) {
        return database.transaction(transaction -> store.lockHead(transaction).compose(head -> action.apply(transaction)
                        .compose(done -> scoreAll(transaction, head, pubkey, new ArrayList<>()))))
                .onSuccess(result -> publish(result.entries()))
                .map(Result::standing);
    }

    private Future<List<Entry>> scoreBatch(SqlConnection transaction) {
        Future<LedgerHead> head = store.lockHead(transaction);
        // Pipelined behind the lock: it runs after the lock is held and sees all earlier commits.
        Future<List<Waiting>> unscored = store.unscored(transaction, batch);
        return Future.all(head, unscored)
                .compose(both -> unscored.result().isEmpty()
                        ? Future.succeededFuture(List.of())
                        : score(transaction, head.result(), unscored.result()).map(LedgerFold::entries));
    }

    /** Scores the facts of one identity, in batches. */
    private Future<Result> scoreAll(SqlConnection transaction, LedgerHead head, PublicKey pubkey, List<Entry> scored) {
        return store.unscored(transaction, pubkey, batch).compose(unscored -> {
            if (unscored.isEmpty()) {
                return store.lockStandings(transaction, Set.of(pubkey))
                        .map(standings -> new Result(Objects.requireNonNull(standings.get(pubkey)), scored));
            }
            return score(transaction, head, unscored).compose(fold -> {
                scored.addAll(fold.entries());
                return scoreAll(transaction, fold.head(), pubkey, scored);
            });
        });
    }

    private Future<LedgerFold> score(SqlConnection transaction, LedgerHead head, List<Waiting> unscored) {
        Set<PublicKey> pubkeys =
                unscored.stream().map(Waiting::fact).map(Fact::pubkey).collect(Collectors.toSet());
        return store.lockStandings(transaction, pubkeys).compose(standings -> {
            LedgerFold fold = new LedgerFold(model, head, standings);
            Instant now = clock.instant();
            unscored.forEach(fact -> fold.fold(fact, now));
            return store.write(transaction, model, fold).map(fold);
        });
    }

    private void publish(List<Entry> entries) {
        entries.forEach(
                entry -> bus.publish(Topic.TRUST_CHANGED, Long.toString(entry.id()), entry.seq(), entry.toJson()));
    }
}
