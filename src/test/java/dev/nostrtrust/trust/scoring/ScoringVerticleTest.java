package dev.nostrtrust.trust.scoring;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.BusRecorder;
import dev.nostrtrust.fixture.BusRecorder.Sent;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.RecordedLog;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.trust.api.TrustService;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.HashChain;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import dev.nostrtrust.trust.model.TrustState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Scorers on a real database and a real event bus, alone and several at once. */
@ExtendWith(VertxExtension.class)
class ScoringVerticleTest {
    private static final String UNSCORED = "SELECT count(*) FROM trust_ledger WHERE seq IS NULL";
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final TestClock CLOCK = new TestClock();
    private static final int MANY = 100_000;

    private static MigratedDatabase database;
    private static Ledger ledger;
    private static Bus bus;
    private static TrustService trust;
    private static BusRecorder sent;

    private final List<String> deployed = new ArrayList<>();

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        ledger = new Ledger(database.database());
        bus = new Bus(vertx);
        trust = new TrustService(database.database(), MODEL, CLOCK, bus);
        sent = BusRecorder.of(vertx);
    }

    @AfterEach
    void undeploy(Vertx vertx) {
        deployed.forEach(id -> await(vertx.undeploy(id)));
    }

    /** Deploys a scorer and returns its deployment. */
    private String deploy(Vertx vertx, int batch, String interval) {
        Settings settings = SettingsReader.of(
                        Map.of("SCORING_BATCH", Integer.toString(batch), "SCORING_INTERVAL", interval))
                .settings();
        Scorer scorer = new Scorer(database.database(), MODEL, settings, CLOCK, bus);
        String id = await(vertx.deployVerticle(new ScoringVerticle(scorer, settings, bus)));
        deployed.add(id);
        return id;
    }

    private static PublicKey key() {
        return SecretKey.random(RANDOM).publicKey();
    }

    private static List<Entry> history(PublicKey key) {
        return await(ledger.history(key, Long.MAX_VALUE, MANY));
    }

    private static void awaitScored() {
        Waiting.until(() -> database.sql(UNSCORED) == 0);
    }

    private static List<Sent> changes(PublicKey key) {
        return sent.on("trust.v1.changed").stream()
                .filter(message -> message.body().path("pubkey").asText().equals(key.hex()))
                .toList();
    }

    @Test
    void several_scorers_at_once_score_every_fact_once_in_one_gapless_chain(Vertx vertx) {
        for (int i = 0; i < 3; i++) {
            deploy(vertx, 7, "20ms");
        }
        List<PublicKey> keys =
                Stream.generate(ScoringVerticleTest::key).limit(5).toList();
        Random random = new Random(7);
        List<Future<Void>> recorded = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            PublicKey key = keys.get(random.nextInt(keys.size()));
            recorded.add(
                    random.nextInt(4) == 0
                            ? trust.recordFailure(key, FaultReason.UNPAID, random.nextInt(3000))
                            : trust.recordSuccess(key, random.nextInt(5000)));
        }
        await(Future.join(recorded));
        awaitScored();

        List<Entry> entries = await(ledger.after(0, MANY));
        checkChain(entries);
        List<Entry> own = entries.stream()
                .filter(entry -> keys.contains(entry.fact().pubkey()))
                .toList();
        assertThat(own).hasSize(600);
        checkReplay(own);
    }

    private static void checkChain(List<Entry> entries) {
        HashChain chain = new HashChain(LedgerHead.EMPTY.hash());
        String previous = LedgerHead.EMPTY.hash();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            assertThat(entry.seq()).isEqualTo(i + 1);
            assertThat(entry.prevHash()).isEqualTo(previous);
            previous = chain.append(entry);
            assertThat(entry.hash()).isEqualTo(previous);
        }
        assertThat(database.sql("SELECT seq FROM trust_head")).isEqualTo(entries.size());
    }

    /** Scores the facts again, one identity at a time, and compares every bit. */
    private static void checkReplay(List<Entry> entries) {
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
        states.forEach((key, state) -> assertThat(await(trust.getTier(key)))
                .isEqualTo(MODEL.decay(state, CLOCK.instant()).tier()));
    }

    @Test
    void a_wake_up_starts_a_pass_before_the_interval(Vertx vertx) {
        deploy(vertx, 100, "1h");
        PublicKey key = key();

        await(trust.recordSuccess(key, 40_000));

        Waiting.until(() -> await(trust.getTier(key)) == Tier.ELITE);
        assertThat(history(key)).hasSize(1);
    }

    @Test
    void a_lost_wake_up_delays_a_score_and_loses_no_fact(Vertx vertx) {
        deploy(vertx, 100, "20ms");
        PublicKey key = key();

        await(ledger.append(Fact.success("test", key.hex(), key, 40_000, CLOCK.instant()), MODEL));

        Waiting.until(() -> await(trust.getTier(key)) == Tier.ELITE);
        assertThat(history(key)).hasSize(1);
    }

    @Test
    void facts_from_before_the_start_are_scored_batch_after_batch(Vertx vertx) {
        PublicKey key = key();
        for (int i = 0; i < 5; i++) {
            await(trust.recordSuccess(key, i));
        }

        deploy(vertx, 2, "1h");

        Waiting.until(() -> history(key).size() == 5);
        assertThat(history(key)).extracting(entry -> entry.fact().sats()).containsExactly(4L, 3L, 2L, 1L, 0L);
    }

    @Test
    void each_entry_is_published_once_with_its_sequence_number_in_order(Vertx vertx) {
        PublicKey key = key();
        for (int i = 0; i < 5; i++) {
            await(trust.recordSuccess(key, i));
        }
        deploy(vertx, 2, "1h");
        Waiting.until(() -> changes(key).size() == 5);

        List<Entry> entries = new ArrayList<>(history(key));
        Collections.reverse(entries);
        assertThat(changes(key))
                .extracting(message -> message.header("seq"))
                .containsExactlyElementsOf(entries.stream()
                        .map(entry -> Long.toString(entry.seq()))
                        .toList());
        assertThat(changes(key)).noneMatch(Sent::toOne);
        assertThat(changes(key).get(4).body().get("hash").asText())
                .isEqualTo(entries.get(4).hash());
    }

    @Test
    void amounts_that_overflow_do_not_stop_scoring(Vertx vertx) {
        deploy(vertx, 100, "1h");
        PublicKey key = key();
        for (String id : List.of("1", "2", "3")) {
            await(trust.record(new Fact(
                    "overflow",
                    id,
                    key,
                    FactKind.SUCCESS,
                    null,
                    Long.MAX_VALUE,
                    Long.MAX_VALUE,
                    null,
                    CLOCK.instant(),
                    null)));
        }

        Waiting.until(() -> history(key).size() == 3);
        assertThat(await(trust.getTier(key))).isEqualTo(Tier.ELITE);
    }

    @Test
    void a_reversal_subtracts_the_delta_of_the_fact(Vertx vertx) {
        deploy(vertx, 100, "20ms");
        PublicKey key = key();
        await(trust.recordSuccess(key, 40_000));
        database.sql("INSERT INTO trust_ledger (source, source_id, pubkey, kind, reverses, occurred_at)"
                + " SELECT 'reversal', id::text, pubkey, 'reversal', id, occurred_at + interval '1 second'"
                + " FROM trust_ledger WHERE pubkey = '" + key.hex() + "'");
        Waiting.until(() -> history(key).size() == 2);

        Entry reversal = history(key).get(0);
        assertThat(reversal.delta()).isEqualTo(-40_000);
        assertThat(Math.abs(reversal.after().balance())).isLessThan(1e-6);
        assertThat(reversal.after().tier()).isEqualTo(Tier.NEW);
    }

    @Test
    void a_scorer_that_stops_finishes_its_pass(Vertx vertx) throws SQLException {
        PublicKey key = key();
        Future<Void> stopped;
        try (Connection other = TestDatabases.connect(database.address());
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT FROM trust_head FOR UPDATE");
            await(trust.recordSuccess(key, 1));
            String id = deploy(vertx, 100, "1h");
            Waiting.until(() -> database.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND wait_event_type = 'Lock'")
                    > 0);

            stopped = vertx.undeploy(id);
            deployed.remove(id);
            assertThat(history(key)).isEmpty();
            assertThat(stopped.isComplete()).isFalse();
            other.rollback();
        }

        await(stopped);
        assertThat(history(key)).hasSize(1);
    }

    @Test
    void a_pass_that_fails_is_repeated_and_logged_once(Vertx vertx) {
        try (RecordedLog log = new RecordedLog(ScoringVerticle.class)) {
            PublicKey key = key();
            database.sql("ALTER TABLE trust_head RENAME TO hidden_head");
            await(trust.recordSuccess(key, 1));
            deploy(vertx, 100, "10ms");
            Waiting.until(() -> !log.lines().isEmpty());
            database.sql("ALTER TABLE hidden_head RENAME TO trust_head");
            Waiting.until(() -> log.lines().size() == 2);

            assertThat(log.lines().get(0)).startsWith("scoring failed and will be retried: ");
            assertThat(log.lines().get(1)).isEqualTo("scoring succeeds again");
            assertThat(history(key)).hasSize(1);
        }
    }
}
