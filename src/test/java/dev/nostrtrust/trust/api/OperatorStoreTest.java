package dev.nostrtrust.trust.api;

import static dev.nostrtrust.app.TestServer.await;
import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.Actor;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import dev.nostrtrust.trust.scoring.Scorer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
    private static final Actor ACTOR = new Actor("operator:test", "because");
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());

    private static MigratedDatabase database;
    private static TestCallers callers;
    private static OperatorStore actions;

    private PublicKey key = UNKNOWN;

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, () -> NOW);
        Settings settings = SettingsReader.of(Map.of("SCORING_BATCH", "3")).settings();
        Scorer scorer = new Scorer(database.database(), MODEL, settings, () -> NOW, new Bus(vertx));
        actions = new OperatorStore(database.database(), scorer);
    }

    @BeforeEach
    void createIdentity() {
        key = new PublicKey(callers.user().subject());
    }

    private long audited(String action) {
        return database.sql("SELECT count(*) FROM audit_log WHERE actor = '" + ACTOR.name() + "' AND reason = '"
                + ACTOR.reason() + "' AND action = '" + action + "' AND subject = '" + key.hex() + "'");
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
        Standing locked = await(actions.lock(key, Tier.ELITE, ACTOR, NOW));
        assertThat(identity("tier_locked = 'elite'")).isEqualTo(1);
        Standing unlocked = await(actions.lock(key, null, ACTOR, NOW));

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
                .isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED));
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
    void every_action_is_an_entry_with_the_tier_that_counts_after_it() {
        await(actions.lock(key, Tier.ELITE, ACTOR, NOW));
        await(actions.block(key, true, ACTOR, NOW));
        await(actions.lock(key, null, ACTOR, NOW));
        await(actions.block(key, false, ACTOR, NOW));

        List<Entry> entries = await(new Ledger(database.database()).history(key, Long.MAX_VALUE, 10));

        assertThat(entries)
                .extracting(entry -> entry.fact().kind() + " " + entry.effective())
                .containsExactly(
                        "UNBLOCK " + new EffectiveTier(Tier.NEW, false, null),
                        "UNLOCK " + new EffectiveTier(Tier.NEW, true, null),
                        "BLOCK " + new EffectiveTier(Tier.ELITE, true, null),
                        "LOCK " + new EffectiveTier(Tier.ELITE, false, null));
        assertThat(entries).allSatisfy(entry -> {
            assertThat(entry.delta()).isZero();
            assertThat(entry.after()).isEqualTo(entry.before());
        });
        assertThat(entries.get(3).fact().lockedTier()).isEqualTo(Tier.ELITE);
    }

    @Test
    void an_action_answers_with_the_state_after_it_and_after_all_earlier_facts() {
        Ledger ledger = new Ledger(database.database());
        for (int i = 0; i < 7; i++) {
            await(ledger.append(Fact.success("test", key.hex() + i, key, 1000, NOW), MODEL));
        }

        Standing adjusted = await(adjust("gift", 3000));

        assertThat(adjusted.state().balance()).isEqualTo(10_000);
        assertThat(adjusted.state().tier()).isEqualTo(Tier.ESTABLISHED);
        assertThat(facts("seq IS NULL")).isZero();
        assertThat(await(actions.lock(key, Tier.NEW, ACTOR, NOW)).state().balance())
                .isEqualTo(10_000);
    }

    @Test
    void an_action_that_fails_leaves_no_entry_no_audit_row_and_no_effect() {
        database.sql("ALTER TABLE audit_log ADD CONSTRAINT no_lock CHECK (action <> 'lock') NOT VALID");
        try {
            assertThat(await(
                            actions.lock(key, Tier.ELITE, ACTOR, NOW).map(false).otherwise(true)))
                    .isTrue();
        } finally {
            database.sql("ALTER TABLE audit_log DROP CONSTRAINT no_lock");
        }

        assertThat(facts("true")).isZero();
        assertThat(identity("tier_locked IS NULL")).isEqualTo(1);
    }

    @Test
    void the_fact_of_a_job_is_reversed_once() {
        UUID job = UuidV7.next(NOW);
        assertThat(code(actions.reverse(job, ACTOR, NOW))).isEqualTo(ErrorCode.NOTHING_TO_REVERSE);
        await(new Ledger(database.database()).append(Fact.success("job", job.toString(), key, 5, NOW), MODEL));

        Standing standing = await(actions.reverse(job, ACTOR, NOW));

        assertThat(standing.pubkey()).isEqualTo(key);
        assertThat(code(actions.reverse(job, ACTOR, NOW))).isEqualTo(ErrorCode.ALREADY_REVERSED);
        assertThat(facts("kind = 'reversal' AND reverses IS NOT NULL")).isEqualTo(1);
        assertThat(audited("reverse")).isEqualTo(1);
    }

    @Test
    void an_unknown_identity_is_not_found_and_nothing_is_audited() {
        long before = database.sql("SELECT count(*) FROM audit_log");

        assertThat(code(actions.lock(UNKNOWN, Tier.ELITE, ACTOR, NOW))).isEqualTo(ErrorCode.IDENTITY_NOT_FOUND);
        assertThat(code(actions.block(UNKNOWN, true, ACTOR, NOW))).isEqualTo(ErrorCode.IDENTITY_NOT_FOUND);
        assertThat(code(actions.adjust(UNKNOWN, "x", 1, ACTOR, null, NOW))).isEqualTo(ErrorCode.IDENTITY_NOT_FOUND);

        assertThat(database.sql("SELECT count(*) FROM audit_log")).isEqualTo(before);
    }
}
