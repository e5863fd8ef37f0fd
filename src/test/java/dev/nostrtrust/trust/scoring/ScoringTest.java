package dev.nostrtrust.trust.scoring;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.Sha256;
import dev.nostrtrust.trust.api.TrustService;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.LedgerFold;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import dev.nostrtrust.trust.model.TrustReport;
import dev.nostrtrust.trust.model.TrustState;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Scoring against a real PostgreSQL, with several scorers at once. */
class ScoringTest {
    private static final String UNSCORED = "SELECT count(*) FROM trust_ledger WHERE seq IS NULL";
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());

    private static List<PublicKey> keys(int count) {
        SecureRandom random = new SecureRandom();
        List<PublicKey> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] bytes = new byte[32];
            random.nextBytes(bytes);
            keys.add(new PublicKey(Hex.encode(bytes)));
        }
        return keys;
    }

    private static List<Entry> ledger(TestServer server) {
        return await(server.ledger().after(0, 100_000));
    }

    @Test
    void several_scorers_at_once_score_every_fact_once_in_one_gapless_chain() {
        DatabaseAddress database = TestDatabases.fresh();
        Map<String, String> quick = Map.of("SCORING_BATCH", "7", "SCORING_INTERVAL", "20ms");
        TestClock clock = new TestClock();
        try (TestServer one = TestServer.start(quick, database, clock);
                TestServer two = TestServer.start(quick, database, clock);
                TestServer three = TestServer.start(quick, database, clock)) {
            List<TestServer> servers = List.of(one, two, three);
            List<PublicKey> keys = keys(5);
            Random random = new Random(7);
            for (int i = 0; i < 600; i++) {
                PublicKey key = keys.get(random.nextInt(keys.size()));
                TrustService trust = servers.get(i % 3).trust();
                await(
                        random.nextInt(4) == 0
                                ? trust.recordFailure(key, FaultReason.UNPAID, random.nextInt(3000))
                                : trust.recordSuccess(key, random.nextInt(5000)));
            }
            Waiting.until(() -> one.count(UNSCORED) == 0);

            List<Entry> entries = ledger(one);
            assertThat(entries).hasSize(600);
            checkChain(entries);
            checkReplay(entries, one);
        }
    }

    private static void checkChain(List<Entry> entries) {
        String hash = "0".repeat(64);
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            assertThat(entry.seq()).isEqualTo(i + 1);
            assertThat(entry.prevHash()).isEqualTo(hash);
            hash = Hex.encode(Sha256.of(Hex.decode(hash), entry.canonical().getBytes(StandardCharsets.UTF_8)));
            assertThat(entry.hash()).isEqualTo(hash);
        }
    }

    /** Scores the facts again, one identity at a time, and compares every bit. */
    private static void checkReplay(List<Entry> entries, TestServer server) {
        Map<PublicKey, TrustState> states = new HashMap<>();
        for (Entry entry : entries) {
            Fact fact = entry.fact();
            TrustState before = states.computeIfAbsent(fact.pubkey(), key -> MODEL.newcomer(fact.occurredAt()));
            TrustState after = fact.kind() == FactKind.SUCCESS
                    ? MODEL.success(before, fact.sats(), fact.occurredAt())
                    : MODEL.failure(before, FaultReason.UNPAID, fact.sats(), fact.occurredAt());
            states.put(fact.pubkey(), after);
            assertThat(entry.after().balance()).isEqualTo(after.balance());
            assertThat(entry.after().tier()).isEqualTo(after.tier());
        }
        states.forEach((key, state) -> {
            TrustReport report = await(server.trust().getReport(key)).orElseThrow();
            assertThat(report.tier())
                    .isEqualTo(MODEL.decay(state, server.clock().instant()).tier());
        });
    }

    @Test
    void the_same_fact_recorded_again_changes_nothing() {
        try (TestServer server = TestServer.start()) {
            PublicKey key = keys(1).get(0);
            Fact fact = Fact.success("invoice", "42", key, 5000, server.clock().instant());

            await(server.trust().record(fact));
            await(server.trust().record(fact));
            Waiting.until(() -> server.count(UNSCORED) == 0);

            assertThat(ledger(server)).hasSize(1);
        }
    }

    @Test
    void a_lost_wake_up_delays_a_score_and_loses_no_fact() {
        try (TestServer server = TestServer.start(Map.of("SCORING_INTERVAL", "50ms"))) {
            PublicKey key = keys(1).get(0);
            await(server.trust().getTier(key));

            server.execute("INSERT INTO nostr_identities (pubkey, trust_score, tier, balance, balance_as_of, last_seen,"
                    + " created_at, policy_version) VALUES ('" + key.hex()
                    + "', 10, 'new', 0, now(), now(), now(), 'x')");
            server.execute("INSERT INTO trust_ledger (source, source_id, pubkey, kind, sats, occurred_at)"
                    + " VALUES ('test', '1', '" + key.hex() + "', 'success', 40000, now())");
            Waiting.until(() -> await(server.trust().getTier(key)) == Tier.ELITE);

            assertThat(ledger(server)).hasSize(1);
        }
    }

    @Test
    void amounts_that_overflow_do_not_stop_scoring() {
        try (TestServer server = TestServer.start()) {
            PublicKey key = keys(1).get(0);
            for (String id : List.of("1", "2", "3")) {
                await(server.trust()
                        .record(new Fact(
                                "test",
                                id,
                                key,
                                FactKind.SUCCESS,
                                null,
                                Long.MAX_VALUE,
                                Long.MAX_VALUE,
                                null,
                                server.clock().instant())));
            }
            Waiting.until(() -> server.count(UNSCORED) == 0);

            assertThat(await(server.trust().getTier(key))).isEqualTo(Tier.ELITE);
        }
    }

    @Test
    void a_reversal_of_a_delta_of_0_has_no_negative_zero_in_its_hash() {
        PublicKey key = keys(1).get(0);
        Instant now = Instant.EPOCH;
        LedgerFold fold = new LedgerFold(
                MODEL,
                new LedgerHead(0, "0".repeat(64)),
                Map.of(key, new Standing(key, MODEL.newcomer(now), 0, 0, null, null)));

        fold.fold(new LedgerFold.Waiting(1, Fact.success("job", "1", key, 0, now), null), now);
        Fact reversal = new Fact("reversal", "1", key, FactKind.REVERSAL, null, 0, 0, 1L, now);
        fold.fold(new LedgerFold.Waiting(2, reversal, null), now);

        assertThat(Double.doubleToRawLongBits(fold.entries().get(1).delta())).isZero();
    }

    @Test
    void a_reversal_subtracts_the_delta_of_the_fact() {
        try (TestServer server = TestServer.start(Map.of("SCORING_INTERVAL", "50ms"))) {
            PublicKey key = keys(1).get(0);
            await(server.trust().recordSuccess(key, 40_000));
            server.execute("INSERT INTO trust_ledger (source, source_id, pubkey, kind, reverses, occurred_at)"
                    + " SELECT 'reversal', id::text, pubkey, 'reversal', id, occurred_at + interval '1 second'"
                    + " FROM trust_ledger");
            Waiting.until(() -> ledger(server).size() == 2);

            Entry reversal = ledger(server).get(1);
            assertThat(reversal.delta()).isEqualTo(-40_000);
            assertThat(Math.abs(reversal.after().balance())).isLessThan(1e-6);
            assertThat(reversal.after().tier()).isEqualTo(Tier.NEW);
        }
    }

    @Test
    void the_ledger_and_the_audit_log_refuse_to_be_changed() {
        try (TestServer server = TestServer.start()) {
            await(server.trust().recordSuccess(keys(1).get(0), 1000));
            Waiting.until(() -> ledger(server).size() == 1);
            server.execute("INSERT INTO audit_log (actor, action) VALUES ('test', 'test')");

            for (String change : List.of(
                    "UPDATE trust_ledger SET sats = 1",
                    "UPDATE trust_ledger SET balance_after = 1",
                    "DELETE FROM trust_ledger",
                    "TRUNCATE trust_ledger CASCADE",
                    "UPDATE audit_log SET actor = 'me'",
                    "DELETE FROM audit_log",
                    "TRUNCATE audit_log")) {
                assertThatThrownBy(() -> server.execute(change)).as(change).hasMessageContaining("append-only");
            }
        }
    }
}
