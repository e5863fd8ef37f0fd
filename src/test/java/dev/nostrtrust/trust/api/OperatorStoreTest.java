package dev.nostrtrust.trust.api;

import static dev.nostrtrust.app.TestServer.await;
import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The actions of operators, each with its row of the audit log. */
@ExtendWith(VertxExtension.class)
class OperatorStoreTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final PublicKey UNKNOWN =
            SecretKey.random(new SecureRandom()).publicKey();
    private static final String ACTOR = "operator:test";

    private static MigratedDatabase database;
    private static TestCallers callers;
    private static OperatorStore actions;

    private PublicKey key = UNKNOWN;

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, () -> NOW);
        actions = new OperatorStore(database.database());
    }

    @BeforeEach
    void createIdentity() {
        key = new PublicKey(callers.user().subject());
    }

    private long audited(String action) {
        return database.sql("SELECT count(*) FROM audit_log WHERE actor = '" + ACTOR + "' AND action = '" + action
                + "' AND subject = '" + key.hex() + "'");
    }

    private long identity(String condition) {
        return database.sql(
                "SELECT count(*) FROM nostr_identities WHERE pubkey = '" + key.hex() + "' AND " + condition);
    }

    private long facts(String condition) {
        return database.sql("SELECT count(*) FROM trust_ledger WHERE pubkey = '" + key.hex() + "' AND " + condition);
    }

    private Future<Standing> adjust(String id, long sats) {
        return actions.adjust(key, key.hex() + id, sats, ACTOR, "a note", NOW);
    }

    private static ErrorCode code(Future<?> refused) {
        return refusal(() -> await(refused)).code();
    }

    @Test
    void a_locked_tier_stays_until_it_is_unlocked() {
        Standing locked = await(actions.lock(key, Tier.ELITE, ACTOR));
        assertThat(identity("tier_locked = 'elite'")).isEqualTo(1);
        Standing unlocked = await(actions.lock(key, null, ACTOR));

        assertThat(locked.locked()).isEqualTo(Tier.ELITE);
        assertThat(unlocked.locked()).isNull();
        assertThat(identity("tier_locked IS NULL")).isEqualTo(1);
        assertThat(audited("lock")).isEqualTo(2);
    }

    @Test
    void a_repeated_block_keeps_its_first_time_and_unblocking_clears_it() {
        await(actions.block(key, true, ACTOR, NOW));
        await(actions.block(key, true, ACTOR, NOW.plusSeconds(60)));

        assertThat(identity("blocked_at = '" + NOW + "'")).isEqualTo(1);
        await(actions.block(key, false, ACTOR, NOW));
        assertThat(identity("blocked_at IS NULL")).isEqualTo(1);
        assertThat(audited("block")).isEqualTo(2);
        assertThat(audited("unblock")).isEqualTo(1);
        assertThat(audited("erasure_withdrawn")).isZero();
    }

    @Test
    void a_block_withdraws_an_erasure_and_unblocking_does_not() {
        database.sql("UPDATE nostr_identities SET erase_after = '" + NOW + "' WHERE pubkey = '" + key.hex() + "'");

        await(actions.block(key, false, ACTOR, NOW));
        assertThat(identity("erase_after IS NOT NULL")).isEqualTo(1);
        await(actions.block(key, true, ACTOR, NOW));

        assertThat(identity("erase_after IS NULL")).isEqualTo(1);
        assertThat(audited("erasure_withdrawn")).isEqualTo(1);
    }

    @Test
    void an_adjustment_is_one_fact_for_its_id() {
        await(adjust("gift", 500));
        await(adjust("gift", 500));

        assertThat(facts("kind = 'adjustment' AND sats = 500")).isEqualTo(1);
        assertThat(audited("adjust")).isEqualTo(1);
        assertThat(code(adjust("gift", 501))).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED);
        await(adjust("other", -500));
        assertThat(facts("true")).isEqualTo(2);
    }

    @Test
    void of_adjustments_at_once_with_one_id_one_is_made_and_the_others_are_refused() {
        List<Future<Standing>> all =
                LongStream.range(1, 17).mapToObj(sats -> adjust("once", sats)).toList();
        await(Future.join(all).otherwiseEmpty());

        assertThat(all).filteredOn(Future::succeeded).hasSize(1);
        assertThat(all).filteredOn(Future::failed).allSatisfy(refused -> assertThat(((ApiError) refused.cause()).code())
                .isIn(ErrorCode.IDEMPOTENCY_IN_FLIGHT, ErrorCode.IDEMPOTENCY_KEY_REUSED));
        assertThat(facts("true")).isEqualTo(1);
        assertThat(audited("adjust")).isEqualTo(1);
    }

    @Test
    void an_adjustment_that_waits_for_another_one_of_its_id_is_refused() throws SQLException {
        try (Connection first = TestDatabases.connect(database.address());
                var statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute("INSERT INTO trust_ledger (source, source_id, pubkey, kind, sats, occurred_at) VALUES"
                    + " ('operator', '" + key.hex() + "late', '" + key.hex() + "', 'adjustment', 1, now())");
            Future<Standing> second = adjust("late", 2);
            Waiting.until(() -> database.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND wait_event_type = 'Lock'")
                    > 0);
            first.commit();

            assertThat(code(second)).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED);
        }
        assertThat(audited("adjust")).isZero();
    }

    @Test
    void an_adjustment_whose_first_request_holds_the_lock_is_in_flight() throws SQLException {
        try (Connection first = TestDatabases.connect(database.address());
                var statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute("SELECT pg_advisory_xact_lock(hashtextextended('" + key.hex() + "held', 3))");

            assertThat(code(adjust("held", 2))).isEqualTo(ErrorCode.IDEMPOTENCY_IN_FLIGHT);
            first.rollback();
        }
        await(adjust("held", 2));
        assertThat(facts("sats = 2")).isEqualTo(1);
    }

    @Test
    void the_fact_of_a_job_is_reversed_once() {
        UUID job = UuidV7.next(NOW);
        assertThat(code(actions.reverse(job, ACTOR, NOW))).isEqualTo(ErrorCode.NOTHING_TO_REVERSE);
        await(new Ledger(database.database())
                .append(Fact.success("job", job.toString(), key, 5, NOW), new TrustModel(TrustPolicy.defaults())));

        Standing standing = await(actions.reverse(job, ACTOR, NOW));

        assertThat(standing.pubkey()).isEqualTo(key);
        assertThat(code(actions.reverse(job, ACTOR, NOW))).isEqualTo(ErrorCode.ALREADY_REVERSED);
        assertThat(facts("kind = 'reversal' AND reverses IS NOT NULL")).isEqualTo(1);
        assertThat(audited("reverse")).isEqualTo(1);
    }

    @Test
    void an_unknown_identity_is_not_found_and_nothing_is_audited() {
        long before = database.sql("SELECT count(*) FROM audit_log");

        assertThat(code(actions.lock(UNKNOWN, Tier.ELITE, ACTOR))).isEqualTo(ErrorCode.IDENTITY_NOT_FOUND);
        assertThat(code(actions.block(UNKNOWN, true, ACTOR, NOW))).isEqualTo(ErrorCode.IDENTITY_NOT_FOUND);
        assertThat(code(actions.adjust(UNKNOWN, "x", 1, ACTOR, null, NOW))).isEqualTo(ErrorCode.IDENTITY_NOT_FOUND);

        assertThat(database.sql("SELECT count(*) FROM audit_log")).isEqualTo(before);
    }
}
