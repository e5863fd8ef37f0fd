package dev.nostrtrust.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.login.RedemptionStore.Outcome;
import dev.nostrtrust.login.RedemptionStore.Redemption;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each test has keys of its own. */
@ExtendWith(VertxExtension.class)
class RedemptionStoreTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Duration TTL = Duration.ofMinutes(5);

    private static MigratedDatabase migrated;

    private final TestClock clock = new TestClock();
    private final PublicKey key = randomKey();
    private RedemptionStore store;

    @BeforeAll
    static void start(Vertx vertx) {
        migrated = MigratedDatabase.open(vertx);
    }

    @AfterAll
    static void stop() {
        TestServer.await(migrated.database().close());
    }

    @BeforeEach
    void make() {
        store = new RedemptionStore(migrated.database(), new TrustModel(TrustPolicy.defaults()));
    }

    private static PublicKey randomKey() {
        return SecretKey.random(RANDOM).publicKey();
    }

    private Redemption redemption(PublicKey of) {
        return new Redemption(UUID.randomUUID(), of, clock.instant().plus(Duration.ofDays(1)), true);
    }

    private List<Outcome> redeem(Redemption... redemptions) {
        return TestServer.await(store.redeem(List.of(redemptions), clock.instant()));
    }

    private static List<Boolean> redeemed(List<Outcome> outcomes) {
        return outcomes.stream().map(outcome -> outcome.standing() != null).toList();
    }

    private long logins() {
        return migrated.sql("SELECT count(*) FROM logins WHERE pubkey = '" + key.hex() + "'");
    }

    private long audited(String action) {
        return migrated.sql(
                "SELECT count(*) FROM audit_log WHERE subject = '" + key.hex() + "' AND action = '" + action + "'");
    }

    private void update(String assignment) {
        assertThat(migrated.sql("UPDATE nostr_identities SET " + assignment + " WHERE pubkey = '" + key.hex() + "'"))
                .isEqualTo(1);
    }

    @Test
    void a_first_redemption_makes_an_identity_and_a_login() {
        Outcome outcome = redeem(redemption(key)).get(0);

        assertThat(outcome.standing()).isNotNull().satisfies(standing -> assertThat(standing.pubkey())
                .isEqualTo(key));
        assertThat(logins()).isEqualTo(1);
        assertThat(audited("login")).isEqualTo(1);
    }

    @Test
    void a_challenge_is_redeemed_once() {
        Redemption once = redemption(key);

        assertThat(redeemed(redeem(once))).containsExactly(true);
        assertThat(redeemed(redeem(once))).containsExactly(false);
        assertThat(redeemed(redeem(new Redemption(once.id(), randomKey(), once.expiresAt(), true))))
                .containsExactly(false);

        assertThat(logins()).isEqualTo(1);
        assertThat(audited("login")).isEqualTo(1);
    }

    @Test
    void of_one_challenge_in_a_batch_the_first_redemption_succeeds_and_every_outcome_is_in_order() {
        Redemption once = redemption(key);
        Redemption other = redemption(key);
        Redemption sameChallenge = new Redemption(once.id(), randomKey(), once.expiresAt(), true);

        List<Outcome> outcomes = redeem(sameChallenge, once, other, once);

        assertThat(redeemed(outcomes)).containsExactly(true, false, true, false);
        assertThat(logins()).isEqualTo(1);
    }

    @Test
    void of_many_statements_at_once_one_redeems_a_challenge(VertxTestContext test) {
        List<Redemption> batch =
                IntStream.range(0, 5).mapToObj(i -> redemption(randomKey())).toList();
        List<Future<List<Outcome>>> all = IntStream.range(0, 10)
                .mapToObj(i -> store.redeem(batch, clock.instant()))
                .toList();

        Future.all(all)
                .onComplete(test.succeeding(done -> test.verify(() -> {
                    for (int i = 0; i < batch.size(); i++) {
                        int challenge = i;
                        assertThat(all.stream()
                                        .filter(each ->
                                                each.result().get(challenge).standing() != null))
                                .hasSize(1);
                    }
                    test.completeNow();
                })));
    }

    @Test
    void a_blocked_identity_makes_no_login_and_its_refusals_are_counted_and_audited_once_an_hour() {
        clock.advanceToNoon();
        redeem(redemption(key));
        update("blocked_at = now()");

        List<Outcome> outcomes = redeem(redemption(key), redemption(randomKey()), redemption(key));
        redeem(redemption(key));

        assertThat(outcomes.stream().map(Outcome::blocked)).containsExactly(true, false, true);
        assertThat(redeemed(outcomes)).containsExactly(false, true, false);
        assertThat(logins()).isEqualTo(1);
        assertThat(audited("login_refused_blocked")).isEqualTo(1);
        assertThat(migrated.sql("SELECT sum(count) FROM refusal_counts WHERE pubkey = '" + key.hex() + "'"))
                .isEqualTo(3);
    }

    @Test
    void a_redemption_withdraws_a_pending_erasure() {
        redeem(redemption(key));
        update("erase_after = now() + interval '1 day'");

        redeem(redemption(key));
        redeem(redemption(key));

        assertThat(audited("erasure_withdrawn")).isEqualTo(1);
        assertThat(migrated.sql("SELECT count(*) FROM nostr_identities WHERE erase_after IS NULL AND pubkey = '"
                        + key.hex() + "'"))
                .isEqualTo(1);
    }

    @Test
    void a_redemption_without_audit_leaves_no_entry() {
        redeem(new Redemption(UUID.randomUUID(), key, clock.instant().plus(TTL), false));

        assertThat(logins()).isEqualTo(1);
        assertThat(audited("login")).isZero();
    }

    @Test
    void a_login_begins_after_the_last_logout_even_when_the_clock_was_set_back() {
        redeem(redemption(key));
        update("tokens_valid_after = now() + interval '1 hour'");

        redeem(redemption(key));

        assertThat(migrated.sql("SELECT count(*) FROM logins l JOIN nostr_identities i USING (pubkey)"
                        + " WHERE pubkey = '" + key.hex() + "' AND l.created_at > i.tokens_valid_after"))
                .isEqualTo(1);
    }

    @Test
    void a_sweep_deletes_logins_a_day_after_no_challenge_can_redeem_them_and_old_counts() {
        Instant now = clock.instant();
        Instant limit = now.minus(Duration.ofDays(1)).minus(TTL);
        redeem(
                new Redemption(UUID.randomUUID(), key, limit.minusSeconds(1), true),
                new Redemption(UUID.randomUUID(), key, limit.minusSeconds(2), true),
                new Redemption(UUID.randomUUID(), key, limit.plusSeconds(60), true));
        migrated.sql("INSERT INTO refusal_counts (pubkey, action, hour) VALUES ('" + key.hex()
                + "', 'old', now() - interval '91 days'), ('" + key.hex() + "', 'young', now() - interval '89 days')");

        assertThat(TestServer.await(store.sweep(1, TTL, now))).isTrue();
        TestServer.await(store.sweep(100, TTL, now));

        assertThat(logins()).isEqualTo(1);
        assertThat(migrated.sql("SELECT count(*) FROM refusal_counts WHERE pubkey = '" + key.hex() + "'"))
                .isEqualTo(1);
    }
}
