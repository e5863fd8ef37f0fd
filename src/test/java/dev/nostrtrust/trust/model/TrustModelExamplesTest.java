package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The worked examples of docs/trust-model.md, under the default policy. */
class TrustModelExamplesTest {
    private static final Instant START = Histories.START;
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());

    @Test
    void a_newcomer_has_the_balance_0_and_is_new() {
        TrustState newcomer = MODEL.newcomer(START);

        assertThat(newcomer).isEqualTo(new TrustState(0, START, Tier.NEW, null));
        expect(newcomer, 0, 10.0, Tier.NEW);
        assertThat(satsTo(Tier.ESTABLISHED, newcomer)).isEqualTo(2_858);
        assertThat(MODEL.demotesAt(newcomer)).isNull();
    }

    @Test
    void an_identity_that_paid_3_000_is_established() {
        TrustState state = paid(3_000);

        expect(state, 3_000, 30.8, Tier.ESTABLISHED);
        assertThat(satsTo(Tier.TRUSTED, state)).isEqualTo(9_500);
        assertThat(state.lastSuccessAt()).isEqualTo(START);
    }

    @Test
    void an_identity_that_paid_12_500_is_trusted_for_19_3_idle_days() {
        TrustState state = paid(12_500);

        expect(state, 12_500, 60.0, Tier.TRUSTED);
        assertThat(idleDaysLeft(state)).isCloseTo(19.3, within(0.05));
        assertThat(MODEL.decay(state, START.plus(days(19))).tier()).isEqualTo(Tier.TRUSTED);
        assertThat(MODEL.decay(state, START.plus(days(20))).tier()).isEqualTo(Tier.ESTABLISHED);
    }

    @Test
    void an_identity_that_paid_12_500_is_established_after_60_idle_days() {
        TrustState state = MODEL.decay(paid(12_500), START.plus(days(60)));

        expect(state, 6_250, 44.6, Tier.ESTABLISHED);
        assertThat(satsTo(Tier.TRUSTED, state)).isEqualTo(6_250);
        assertThat(MODEL.success(state, 6_249, state.asOf()).tier()).isEqualTo(Tier.ESTABLISHED);
        assertThat(MODEL.success(state, 6_250, state.asOf()).tier()).isEqualTo(Tier.TRUSTED);
    }

    @Test
    void an_identity_that_paid_12_500_and_defaults_800_is_established() {
        TrustState state = MODEL.failure(paid(12_500), FaultReason.UNPAID, 800, START);

        expect(state, 8_500, 51.4, Tier.ESTABLISHED);
        assertThat(satsTo(Tier.TRUSTED, state)).isEqualTo(4_000);
        assertThat(state.lastSuccessAt()).isEqualTo(START);
    }

    @Test
    void an_identity_that_paid_35_000_is_elite_for_25_7_idle_days() {
        TrustState state = paid(35_000);

        expect(state, 35_000, 80.0, Tier.ELITE);
        assertThat(idleDaysLeft(state)).isCloseTo(25.7, within(0.05));
    }

    @Test
    void an_identity_that_paid_35_000_is_trusted_after_60_idle_days_and_established_after_120() {
        TrustState elite = paid(35_000);

        expect(MODEL.decay(elite, START.plus(days(60))), 17_500, 67.3, Tier.TRUSTED);
        expect(MODEL.decay(elite, START.plus(days(120))), 8_750, 52.0, Tier.ESTABLISHED);
    }

    @Test
    void an_identity_that_paid_35_000_and_defaults_6_500_is_established() {
        TrustState state = MODEL.failure(paid(35_000), FaultReason.UNPAID, 6_500, START);

        expect(state, 9_000, 52.6, Tier.ESTABLISHED);
        assertThat(satsTo(Tier.TRUSTED, state)).isEqualTo(3_500);
    }

    @Test
    void a_newcomer_who_defaults_100_is_in_debt() {
        TrustState state = MODEL.failure(MODEL.newcomer(START), FaultReason.UNPAID, 100, START);

        expect(state, -4_000, 7.1, Tier.ANONYMOUS);
        assertThat(satsTo(Tier.NEW, state)).isEqualTo(1_500);
        assertThat(MODEL.success(state, 1_499, START).tier()).isEqualTo(Tier.ANONYMOUS);
        assertThat(MODEL.success(state, 1_500, START).tier()).isEqualTo(Tier.NEW);
        assertThat(MODEL.demotesAt(state)).isNull();
    }

    @Test
    void the_time_of_demotion_does_not_depend_on_the_time_of_the_query() {
        TrustState state = paid(35_000);
        Instant demotesAt = START.plus(Duration.ofMinutes(Math.round(25.73 * 1_440)));

        for (int day = 0; day <= 25; day++) {
            Instant asked = MODEL.demotesAt(MODEL.decay(state, START.plus(days(day))));
            assertThat(asked).isCloseTo(demotesAt, within(Duration.ofMinutes(10)));
        }
    }

    @Test
    void each_failure_costs_the_larger_of_its_loss_and_the_floor_of_its_reason() {
        TrustPolicy policy = TrustPolicy.parse(Map.of("TRUST_FAULT_FLOOR_SATS_ABUSE", "5000"));
        TrustModel strict = new TrustModel(policy);

        assertThat(strict.failureDelta(FaultReason.ABUSE, 4_999)).isEqualTo(-20_000);
        assertThat(strict.failureDelta(FaultReason.ABUSE, 5_001)).isEqualTo(-20_004);
        assertThat(strict.failureDelta(FaultReason.EXPIRED, 999)).isEqualTo(-4_000);
        assertThat(strict.failureDelta(FaultReason.EXPIRED, 1_001)).isEqualTo(-4_004);
    }

    private static TrustState paid(long sats) {
        return MODEL.success(MODEL.newcomer(START), sats, START);
    }

    private static Duration days(long days) {
        return Duration.ofDays(days);
    }

    private static void expect(TrustState state, double balance, double score, Tier tier) {
        assertThat(state.balance()).isEqualTo(balance);
        assertThat(Math.round(MODEL.score(state.balance()) * 10) / 10.0).isEqualTo(score);
        assertThat(state.tier()).isEqualTo(tier);
    }

    private static long satsTo(Tier tier, TrustState state) {
        return (long) Math.ceil(MODEL.balanceAt(MODEL.policy().threshold(tier)) - state.balance());
    }

    private static double idleDaysLeft(TrustState state) {
        Instant demotesAt = MODEL.demotesAt(state);
        assertThat(demotesAt).isNotNull();
        return Duration.between(state.asOf(), demotesAt).toSeconds() / 86_400.0;
    }
}
