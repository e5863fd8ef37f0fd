package dev.nostrtrust.trust.api;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.fixture.BusRecorder;
import dev.nostrtrust.fixture.BusRecorder.Sent;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.security.SecureRandom;
import java.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The API for services in the same process. */
@ExtendWith(VertxExtension.class)
class TrustServiceTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final TestClock CLOCK = new TestClock();

    private static MigratedDatabase database;
    private static BusRecorder sent;
    private static TrustService trust;

    private final PublicKey key = SecretKey.random(RANDOM).publicKey();

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        sent = BusRecorder.of(vertx);
        trust = new TrustService(database.database(), new TrustModel(TrustPolicy.defaults()), CLOCK, new Bus(vertx));
    }

    private long facts(String condition) {
        return database.sql("SELECT count(*) FROM trust_ledger WHERE pubkey = '" + key.hex() + "' AND " + condition);
    }

    @Test
    void an_unknown_key_is_new_and_has_no_report() {
        assertThat(await(trust.getTier(key))).isEqualTo(Tier.NEW);
        assertThat(await(trust.getReport(key))).isEmpty();
    }

    @Test
    void a_known_key_has_the_tier_of_its_report() {
        await(trust.recordSuccess(key, 1));
        database.sql("UPDATE nostr_identities SET tier_locked = 'trusted' WHERE pubkey = '" + key.hex() + "'");

        assertThat(await(trust.getTier(key))).isEqualTo(Tier.TRUSTED);
        assertThat(await(trust.getReport(key)).map(report -> report.effective().tier()))
                .contains(Tier.TRUSTED);
    }

    @Test
    void each_outcome_is_a_fact_of_its_own_and_wakes_one_scorer() {
        int before = sent.on("trust.v1.pending").size();

        await(trust.recordSuccess(key, 5));
        await(trust.recordSuccess(key, 5));
        await(trust.recordFailure(key, FaultReason.ABUSE));
        await(trust.recordFailure(key, FaultReason.UNPAID, 70));

        assertThat(facts("kind = 'success' AND sats = 5 AND source = 'service'"))
                .isEqualTo(2);
        assertThat(facts("kind = 'failure' AND reason = 'abuse' AND sats = 0")).isEqualTo(1);
        assertThat(facts("kind = 'failure' AND reason = 'unpaid' AND sats = 70"))
                .isEqualTo(1);
        assertThat(sent.on("trust.v1.pending").stream().skip(before)).hasSize(4).allMatch(Sent::toOne);
    }

    @Test
    void a_fact_recorded_again_changes_nothing() {
        Instant now = CLOCK.instant();

        await(trust.record(Fact.success("invoice", key.hex(), key, 5000, now)));
        await(trust.record(Fact.success("invoice", key.hex(), key, 7000, now)));

        assertThat(facts("true")).isEqualTo(1);
        assertThat(facts("sats = 5000")).isEqualTo(1);
    }

    @Test
    void a_negative_amount_is_refused() {
        assertThatThrownBy(() -> trust.recordSuccess(key, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> trust.recordFailure(key, FaultReason.UNPAID, -1))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(facts("true")).isZero();
    }

    @Test
    void a_result_arrives_on_the_context_of_the_caller(Vertx vertx, VertxTestContext context) {
        Context caller = vertx.getOrCreateContext();

        caller.runOnContext(now -> trust.getTier(key)
                .onComplete(context.succeeding(tier -> context.verify(() -> {
                    assertThat(Vertx.currentContext()).isSameAs(caller);
                    context.completeNow();
                }))));
    }
}
