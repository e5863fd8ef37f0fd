package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests of {@code TRUST_MODEL=linear} only. The tests of the laws cover both models. */
class LinearModelTest {
    private static final Instant START = Histories.START;
    private static final TrustModel MODEL = linear(Map.of());

    @Test
    void a_newcomer_starts_at_the_baseline() {
        assertThat(MODEL.newcomer(START)).isEqualTo(new TrustState(10, START, Tier.NEW, null));
        assertThat(MODEL.demotesAt(MODEL.newcomer(START))).isNull();
        assertThat(linear(Map.of("TRUST_BASELINE", "12.5")).newcomer(START).balance())
                .isEqualTo(12.5);
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "1000000"})
    void a_success_adds_one_point_for_any_amount(long sats) {
        assertThat(MODEL.success(MODEL.newcomer(START), sats, START))
                .isEqualTo(new TrustState(11, START, Tier.NEW, START));
    }

    @ParameterizedTest
    @EnumSource
    void a_failure_costs_five_points_for_any_loss(FaultReason reason) {
        TrustState newcomer = MODEL.newcomer(START);

        assertThat(MODEL.failure(newcomer, reason, 0, START))
                .isEqualTo(MODEL.failure(newcomer, reason, 1 << 30, START));
        assertThat(MODEL.failure(newcomer, reason, 7, START)).isEqualTo(new TrustState(5, START, Tier.ANONYMOUS, null));
    }

    @Test
    void a_failure_costs_the_floor_of_its_reason() {
        TrustModel strict = linear(Map.of("TRUST_FAULT_FLOOR_SATS_ABUSE", "20", "TRUST_FAULT_FLOOR_SATS", "2"));

        assertThat(strict.failureDelta(FaultReason.ABUSE, 100)).isEqualTo(-20);
        assertThat(strict.failureDelta(FaultReason.UNPAID, 100)).isEqualTo(-2);
    }

    @ParameterizedTest
    @CsvSource({"-30, 0", "-0.5, 0", "0, 0", "10, 10", "99.5, 99.5", "100, 100", "130, 100"})
    void the_score_is_the_balance_between_0_and_100(double balance, double score) {
        assertThat(MODEL.score(balance)).isEqualTo(score);
    }

    @ParameterizedTest
    @CsvSource({"8, NEW", "30, ESTABLISHED", "60, TRUSTED", "80, ELITE"})
    void a_tier_is_won_and_lost_at_its_threshold(double threshold, Tier tier) {
        TrustState below = points(threshold - 1, Tier.ANONYMOUS);

        TrustState won = MODEL.success(below, 1, START);
        TrustState lost = MODEL.adjust(won, -0.001, START);

        assertThat(won.tier()).isEqualTo(tier);
        assertThat(lost.tier()).isLessThan(tier);
    }

    @Test
    void thirty_idle_days_cost_nothing_and_each_day_after_them_a_point() {
        TrustState state = points(65, Tier.TRUSTED);

        assertThat(at(state, 30).balance()).isEqualTo(65);
        assertThat(at(state, 30.5).balance()).isEqualTo(64.5);
        assertThat(at(state, 35)).isEqualTo(new TrustState(60, START.plus(days(35)), Tier.TRUSTED, START));
        assertThat(at(state, 36)).isEqualTo(new TrustState(59, START.plus(days(36)), Tier.ESTABLISHED, START));
    }

    @Test
    void each_success_restarts_the_grace_period() {
        TrustState once = points(64, Tier.TRUSTED);

        TrustState again = MODEL.success(at(once, 29), 1, START.plus(days(29)));

        assertThat(at(again, 59).balance()).isEqualTo(65);
        assertThat(at(again, 60).balance()).isEqualTo(64);
    }

    @Test
    void a_late_success_adds_its_whole_point_and_never_lengthens_the_idle_time() {
        TrustState failed = MODEL.failure(points(65, Tier.TRUSTED), FaultReason.EXPIRED, 1, START.plus(days(50)));

        TrustState late = MODEL.success(failed, 1, START.plus(days(40)));
        TrustState older = MODEL.success(late, 1, START.plus(days(10)));

        assertThat(late).isEqualTo(new TrustState(41, START.plus(days(50)), Tier.ESTABLISHED, START.plus(days(40))));
        assertThat(older.balance()).isEqualTo(42);
        assertThat(older.lastSuccessAt()).isEqualTo(late.lastSuccessAt());
        assertThat(at(older, 70).balance()).isEqualTo(42);
        assertThat(at(older, 71).balance()).isEqualTo(41);
    }

    @Test
    void absence_never_lowers_a_balance_below_the_baseline() {
        TrustState state = points(65, Tier.TRUSTED);

        assertThat(at(state, 84.5)).isEqualTo(new TrustState(10.5, START.plus(days(84.5)), Tier.NEW, START));
        assertThat(at(state, 85).balance()).isEqualTo(10);
        assertThat(at(state, 36_500).balance()).isEqualTo(10);
    }

    @Test
    void absence_does_not_change_a_debt() {
        TrustState debtor = points(-3, Tier.ANONYMOUS);

        assertThat(at(debtor, 36_500).balance()).isEqualTo(-3);
        assertThat(at(debtor, 36_500).tier()).isEqualTo(Tier.ANONYMOUS);
    }

    @Test
    void an_identity_without_success_has_no_grace_period() {
        TrustState adjusted = MODEL.adjust(MODEL.newcomer(START), 55, START);

        assertThat(adjusted.lastSuccessAt()).isNull();
        assertThat(at(adjusted, 5)).isEqualTo(new TrustState(60, START.plus(days(5)), Tier.TRUSTED, null));
        assertThat(MODEL.demotesAt(adjusted)).isEqualTo(START.plus(days(5)));
        assertThat(MODEL.demotesAt(MODEL.success(adjusted, 1, START))).isEqualTo(START.plus(days(36)));
    }

    @Test
    void a_tier_is_lost_after_the_grace_period_and_the_points_above_its_threshold() {
        TrustState state = points(65, Tier.TRUSTED);

        assertThat(MODEL.demotesAt(state)).isEqualTo(START.plus(days(35)));
        assertThat(MODEL.demotesAt(at(state, 20))).isEqualTo(START.plus(days(35)));
        assertThat(MODEL.demotesAt(at(state, 33))).isEqualTo(START.plus(days(35)));
        assertThat(MODEL.demotesAt(at(state, 36))).isEqualTo(START.plus(days(65)));
    }

    @Test
    void grace_period_and_decay_are_settings_and_a_decay_of_0_costs_nothing() {
        TrustModel fast = linear(Map.of("TRUST_DECAY_GRACE_DAYS", "0", "TRUST_DECAY_POINTS_PER_DAY", "2.5"));
        TrustModel withoutDecay = linear(Map.of("TRUST_DECAY_POINTS_PER_DAY", "0"));
        TrustState state = points(65, Tier.TRUSTED);

        assertThat(fast.decay(state, START.plus(days(2))))
                .isEqualTo(new TrustState(60, START.plus(days(2)), Tier.TRUSTED, START));
        assertThat(fast.demotesAt(state)).isEqualTo(START.plus(days(2)));
        assertThat(withoutDecay.decay(state, START.plus(days(36_500))).balance())
                .isEqualTo(65);
        assertThat(withoutDecay.demotesAt(state)).isNull();
    }

    @Test
    void a_tier_that_begins_at_the_baseline_is_never_lost_by_absence() {
        TrustModel model = linear(Map.of("TRUST_TIER_NEW", "10"));
        TrustState state = new TrustState(12, START, Tier.NEW, START);

        assertThat(model.decay(state, START.plus(days(36_500))).tier()).isEqualTo(Tier.NEW);
        assertThat(model.demotesAt(state)).isNull();
    }

    @Test
    void a_tier_that_lasts_a_thousand_years_has_no_time_of_demotion() {
        TrustModel millennium = linear(Map.of("TRUST_DECAY_GRACE_DAYS", "365245"));
        TrustModel less = linear(Map.of("TRUST_DECAY_GRACE_DAYS", "365244"));
        TrustState state = points(65, Tier.TRUSTED);

        assertThat(millennium.demotesAt(state)).isNull();
        assertThat(less.demotesAt(state)).isEqualTo(START.plus(days(365_249)));
    }

    private static TrustModel linear(Map<String, String> variables) {
        Map<String, String> all = new TreeMap<>(variables);
        all.put("TRUST_MODEL", "linear");
        return new TrustModel(TrustPolicy.parse(all));
    }

    private static TrustState points(double points, Tier tier) {
        return new TrustState(points, START, tier, START);
    }

    private static TrustState at(TrustState state, double day) {
        return MODEL.decay(state, START.plus(days(day)));
    }

    private static Duration days(double days) {
        return Duration.ofSeconds((long) (days * 86_400));
    }
}
