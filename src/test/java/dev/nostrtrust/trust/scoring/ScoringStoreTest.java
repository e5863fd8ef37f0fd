package dev.nostrtrust.trust.scoring;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.trust.ledger.FactFold.Reversible;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.ledger.LedgerFold;
import dev.nostrtrust.trust.ledger.LedgerFold.Waiting;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.SqlConnection;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The statements of the scoring transaction. */
@ExtendWith(VertxExtension.class)
class ScoringStoreTest {
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int MANY = 1000;

    private static MigratedDatabase database;
    private static Ledger ledger;
    private static ScoringStore store;

    private final PublicKey key = SecretKey.random(RANDOM).publicKey();

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        ledger = new Ledger(database.database());
        store = new ScoringStore(database.database());
    }

    @BeforeEach
    void scoreAll() {
        score();
    }

    private void record(String id, long sats) {
        await(ledger.append(Fact.success("test", key.hex() + id, key, sats, NOW), MODEL));
    }

    private static Future<List<Waiting>> unscored(int limit) {
        return database.database().transaction(transaction -> store.unscored(transaction, limit));
    }

    private static Future<LedgerHead> score(SqlConnection transaction) {
        return store.lockHead(transaction).compose(head -> store.unscored(transaction, MANY)
                .compose(facts -> facts.isEmpty()
                        ? Future.succeededFuture(head)
                        : store.lockStandings(transaction, keys(facts)).compose(standings -> {
                            LedgerFold fold = new LedgerFold(MODEL, head, standings);
                            facts.forEach(fact -> fold.fold(fact, NOW));
                            return store.write(transaction, MODEL, fold).map(fold.head());
                        })));
    }

    private static Set<PublicKey> keys(List<Waiting> facts) {
        return facts.stream().map(fact -> fact.fact().pubkey()).collect(Collectors.toSet());
    }

    private static LedgerHead score() {
        return await(database.database().transaction(ScoringStoreTest::score));
    }

    @Test
    void unscored_facts_are_read_in_the_order_of_their_ids_up_to_a_limit() {
        assertThat(await(store.hasUnscored())).isFalse();
        record("a", 3);
        record("b", 1);
        record("c", 2);

        List<Waiting> two = await(unscored(2));

        assertThat(await(store.hasUnscored())).isTrue();
        assertThat(two).extracting(waiting -> waiting.fact().sats()).containsExactly(3L, 1L);
        assertThat(two).extracting(Waiting::original).containsOnlyNulls();
    }

    @Test
    void a_written_fold_scores_the_facts_and_moves_the_standing_and_the_head() {
        record("a", 5000);
        LedgerHead before = await(database.database().transaction(store::lockHead));

        LedgerHead after = score();

        assertThat(after.seq()).isEqualTo(before.seq() + 1);
        assertThat(await(database.database().transaction(store::lockHead))).isEqualTo(after);
        assertThat(await(store.hasUnscored())).isFalse();
        assertThat(await(ledger.history(key, Long.MAX_VALUE, 10)))
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.hash()).isEqualTo(after.hash());
                    assertThat(entry.prevHash()).isEqualTo(before.hash());
                    assertThat(entry.scoredAt()).isEqualTo(NOW);
                });
        assertThat(database.sql("SELECT count(*) FROM nostr_identities WHERE balance = 5000 AND interaction_count = 1"
                        + " AND policy_version = '" + MODEL.policyVersion() + "' AND pubkey = '" + key.hex() + "'"))
                .isEqualTo(1);
        assertThat(database.sql("SELECT count(*) FROM trust_policies WHERE version = '" + MODEL.policyVersion() + "'"))
                .isEqualTo(1);
    }

    @Test
    void a_reversal_has_the_delta_and_the_time_of_a_scored_original() {
        record("a", 700);
        score();
        database.sql("INSERT INTO trust_ledger (source, source_id, pubkey, kind, reverses, occurred_at)"
                + " SELECT 'reversal', id::text, pubkey, 'reversal', id, occurred_at + interval '1 hour'"
                + " FROM trust_ledger WHERE pubkey = '" + key.hex() + "'");

        List<Waiting> waiting = await(unscored(MANY));

        assertThat(waiting).singleElement().satisfies(reversal -> {
            assertThat(reversal.original()).isEqualTo(new Reversible(700, NOW));
            assertThat(reversal.fact().reverses()).isNotNull();
        });
    }

    @Test
    void the_head_is_locked_until_the_end_of_the_transaction() {
        String another = "SELECT seq FROM trust_head FOR UPDATE NOWAIT";

        Promise<Void> locked = Promise.promise();
        Promise<Void> end = Promise.promise();
        Future<Void> ended = database.database()
                .transaction(transaction -> store.lockHead(transaction).compose(head -> {
                    locked.complete();
                    return end.future();
                }));
        await(locked.future());

        assertThatThrownBy(() -> database.sql(another)).hasMessageContaining("could not obtain lock");
        end.complete();
        await(ended);
        assertThat(database.sql(another)).isNotNegative();
    }

    @Test
    void a_transaction_that_fails_after_the_write_leaves_no_score() {
        record("a", 1);
        LedgerHead before = await(database.database().transaction(store::lockHead));

        Future<LedgerHead> failed = database.database().transaction(transaction -> score(transaction)
                .compose(head -> Future.failedFuture(new IllegalStateException("on purpose"))));

        assertThatThrownBy(() -> await(failed)).hasMessage("on purpose");
        assertThat(await(store.hasUnscored())).isTrue();
        assertThat(await(database.database().transaction(store::lockHead))).isEqualTo(before);
    }
}
