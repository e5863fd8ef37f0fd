package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tiers exactly at their thresholds. Tests without their own policy use the default policy. */
class TierEdgesTest {
    private static final Instant START = Histories.START;
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());

    @ParameterizedTest
    @CsvSource({
        "2858, ESTABLISHED",
        "2857, NEW",
        "12500, TRUSTED",
        "12499, ESTABLISHED",
        "35000, ELITE",
        "34999, TRUSTED"
    })
    void a_tier_begins_at_its_threshold_and_not_a_sat_below(long sats, Tier tier) {
        assertThat(MODEL.success(MODEL.newcomer(START), sats, START).tier()).isEqualTo(tier);
    }

    @ParameterizedTest
    @CsvSource({
        "ELITE, 26000, ELITE",
        "ELITE, 25999, TRUSTED",
        "TRUSTED, 10000, TRUSTED",
        "TRUSTED, 9999, ESTABLISHED",
        "ESTABLISHED, 2000, ESTABLISHED",
        "ESTABLISHED, 1999, NEW",
        "ELITE, 9999, ESTABLISHED",
        "ELITE, -2500, NEW",
        "ELITE, -2501, ANONYMOUS"
    })
    void a_tier_is_kept_down_to_five_points_below_its_threshold_and_not_a_sat_further(
            Tier held, double balance, Tier kept) {
        TrustState state = new TrustState(40_000, START, held, START);

        assertThat(MODEL.adjust(state, balance - 40_000, START)).isEqualTo(new TrustState(balance, START, kept, START));
    }

    @Test
    void a_tier_is_kept_at_its_edge_and_lost_by_one_more_microsecond_of_absence() {
        TrustState edge = new TrustState(10_000, START, Tier.TRUSTED, START);

        assertThat(MODEL.decay(edge, START)).isEqualTo(edge);
        assertThat(MODEL.decay(edge, START.plusNanos(1_000)).tier()).isEqualTo(Tier.ESTABLISHED);
        assertThat(MODEL.demotesAt(edge)).isEqualTo(START);
    }

    @Test
    void hysteresis_keeps_a_tier_but_does_not_raise_one() {
        TrustState held = new TrustState(10_000, START, Tier.TRUSTED, START);
        TrustState lost = new TrustState(9_999, START, Tier.ESTABLISHED, START);

        assertThat(MODEL.success(held, 1, START).tier()).isEqualTo(Tier.TRUSTED);
        assertThat(MODEL.success(lost, 2_500, START).tier()).isEqualTo(Tier.ESTABLISHED);
        assertThat(MODEL.success(lost, 2_501, START).tier()).isEqualTo(Tier.TRUSTED);
    }

    @Test
    void a_failure_raises_no_tier_and_a_success_lowers_none() {
        TrustState low = new TrustState(30_000, START, Tier.NEW, START);
        TrustState high = new TrustState(10_000, START, Tier.TRUSTED, START);

        assertThat(MODEL.failure(low, FaultReason.EXPIRED, 1, START).tier()).isEqualTo(Tier.NEW);
        assertThat(MODEL.success(high, 0, START).tier()).isEqualTo(Tier.TRUSTED);
    }

    @Test
    void a_change_of_0_does_not_change_the_tier() {
        TrustState low = new TrustState(30_000, START, Tier.NEW, START);
        TrustState high = new TrustState(10_000, START, Tier.TRUSTED, START);

        assertThat(MODEL.adjust(low, 0, START)).isEqualTo(low);
        assertThat(MODEL.adjust(high, 0, START)).isEqualTo(high);
    }

    @Test
    void new_is_lost_without_hysteresis() {
        TrustState newcomer = MODEL.newcomer(START);

        assertThat(MODEL.adjust(newcomer, -2_500, START).tier()).isEqualTo(Tier.NEW);
        assertThat(MODEL.adjust(newcomer, -2_500.001, START).tier()).isEqualTo(Tier.ANONYMOUS);
    }

    @Test
    void absence_reduces_a_debt_and_raises_the_tier_to_new_at_most() {
        TrustState debtor = MODEL.failure(MODEL.newcomer(START), FaultReason.ABUSE, 0, START);

        assertThat(at(debtor, 40).tier()).isEqualTo(Tier.ANONYMOUS);
        assertThat(at(debtor, 41).tier()).isEqualTo(Tier.NEW);
        assertThat(at(debtor, 36_500).tier()).isEqualTo(Tier.NEW);
        assertThat(at(at(debtor, 40), 41).tier()).isEqualTo(Tier.NEW);
    }

    @Test
    void absence_alone_lowers_no_tier_below_new() {
        TrustState elite = MODEL.success(MODEL.newcomer(START), 35_000, START);

        assertThat(at(elite, 300).tier()).isEqualTo(Tier.NEW);
        assertThat(at(elite, 365_000).tier()).isEqualTo(Tier.NEW);
        assertThat(MODEL.demotesAt(at(elite, 300))).isNull();
    }

    @Test
    void a_debtor_who_pays_enough_skips_the_tiers_between() {
        TrustState debtor = MODEL.failure(MODEL.newcomer(START), FaultReason.UNPAID, 0, START);

        assertThat(MODEL.success(debtor, 16_500, START)).isEqualTo(new TrustState(12_500, START, Tier.TRUSTED, START));
    }

    @Test
    void a_hysteresis_above_the_threshold_keeps_the_tier_for_ever() {
        TrustModel lenient = new TrustModel(TrustPolicy.parse(Map.of("TRUST_TIER_HYSTERESIS", "100")));
        TrustState state = lenient.success(lenient.newcomer(START), 12_000, START);

        assertThat(state.tier()).isEqualTo(Tier.ESTABLISHED);
        assertThat(lenient.demotesAt(state)).isNull();
        assertThat(lenient.decay(state, START.plus(Duration.ofDays(36_500))).tier())
                .isEqualTo(Tier.ESTABLISHED);
    }

    @Test
    void a_newcomer_in_debt_is_anonymous_under_any_hysteresis() {
        TrustModel lenient = new TrustModel(TrustPolicy.parse(Map.of("TRUST_TIER_HYSTERESIS", "100")));

        assertThat(lenient.adjust(lenient.newcomer(START), -2_501, START).tier())
                .isEqualTo(Tier.ANONYMOUS);
    }

    @Test
    void a_tier_kept_by_rounding_at_its_threshold_has_its_demotion_now() {
        int[] found = new int[1];

        Trials.of(112, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(TrustPolicy.Model.BALANCE, random));
            double edge = model.policy().keepThreshold(Tier.ELITE);
            double below = Math.nextDown(model.balanceAt(edge));
            if (model.score(below) >= edge && below > 0) {
                found[0]++;
                assertThat(model.demotesAt(new TrustState(below, START, Tier.ELITE, START)))
                        .isEqualTo(START);
            }
        });

        assertThat(found[0]).isGreaterThan(Trials.CASES / 100);
    }

    @Test
    void the_balance_of_a_score_has_this_score() {
        for (double score = 0.5; score < 100; score += 0.5) {
            assertThat(Math.abs(MODEL.score(MODEL.balanceAt(score)) - score)).isLessThan(1e-9);
        }
        assertThat(MODEL.balanceAt(100)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(MODEL.balanceAt(101)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(MODEL.balanceAt(0)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(MODEL.balanceAt(-1)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void the_balance_of_the_baseline_is_0_under_every_policy() {
        Trials.of(113, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(TrustPolicy.Model.BALANCE, random));

            assertThat(model.balanceAt(model.policy().baseline())).isZero();
        });
    }

    private static TrustState at(TrustState state, int day) {
        return MODEL.decay(state, START.plus(Duration.ofDays(day)));
    }
}
