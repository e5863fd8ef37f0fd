package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Late events and reversals, under the default policy. */
class LateEventsTest {
    private static final Instant START = Histories.START;
    private static final Instant DAY_60 = START.plus(Duration.ofDays(60));
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());

    @Test
    void a_late_success_counts_with_decay_and_keeps_the_time_of_the_state() {
        TrustState state = MODEL.success(MODEL.newcomer(DAY_60), 3_000, DAY_60);

        TrustState late = MODEL.success(state, 10_000, START);

        assertThat(late).isEqualTo(new TrustState(8_000, DAY_60, Tier.ESTABLISHED, DAY_60));
    }

    @Test
    void a_late_success_can_raise_the_tier_by_its_decayed_amount() {
        TrustState newcomer = MODEL.newcomer(DAY_60);

        assertThat(MODEL.success(newcomer, 25_000, START))
                .isEqualTo(new TrustState(12_500, DAY_60, Tier.TRUSTED, START));
        assertThat(MODEL.success(newcomer, 24_999, START).tier()).isEqualTo(Tier.ESTABLISHED);
    }

    @Test
    void a_late_failure_costs_its_decayed_amount() {
        TrustState state = MODEL.success(MODEL.newcomer(DAY_60), 12_500, DAY_60);

        assertThat(MODEL.failure(state, FaultReason.UNPAID, 800, START))
                .isEqualTo(new TrustState(10_500, DAY_60, Tier.TRUSTED, DAY_60));
        assertThat(MODEL.failure(state, FaultReason.UNPAID, 1_251, START))
                .isEqualTo(new TrustState(9_998, DAY_60, Tier.ESTABLISHED, DAY_60));
    }

    @Test
    void an_event_at_the_time_of_the_state_is_not_late() {
        TrustState state = MODEL.newcomer(START);

        assertThat(MODEL.success(state, 1_000, START).balance()).isEqualTo(1_000);
        assertThat(MODEL.success(state, 1_000, START.minusNanos(1_000)).balance())
                .isLessThan(1_000)
                .isCloseTo(1_000, within(1e-6));
    }

    @Test
    void the_balance_is_the_same_for_late_and_punctual_events() {
        Instant day30 = START.plus(Duration.ofDays(30));
        TrustState newcomer = MODEL.newcomer(START);

        TrustState inTime = MODEL.success(MODEL.failure(newcomer, FaultReason.ABUSE, 2_000, day30), 9_000, DAY_60);
        TrustState late = MODEL.failure(MODEL.success(newcomer, 9_000, DAY_60), FaultReason.ABUSE, 2_000, day30);

        assertThat(late.balance()).isCloseTo(inTime.balance(), within(1e-9));
        assertThat(late.asOf()).isEqualTo(inTime.asOf());
    }

    @Test
    void a_late_success_raises_the_tier_by_its_decayed_amount_only() {
        Instant day10 = START.plus(Duration.ofDays(10));
        TrustState newcomer = MODEL.newcomer(START);

        TrustState inTime = MODEL.success(MODEL.success(newcomer, 12_500, START), 1, day10);
        TrustState late = MODEL.success(MODEL.success(newcomer, 1, day10), 12_500, START);

        assertThat(late.balance()).isCloseTo(inTime.balance(), within(1e-9));
        assertThat(inTime.tier()).isEqualTo(Tier.TRUSTED);
        assertThat(late.tier()).isEqualTo(Tier.ESTABLISHED);
    }

    @Test
    void decay_to_an_earlier_time_does_not_change_the_state() {
        TrustState state = MODEL.success(MODEL.newcomer(DAY_60), 12_500, DAY_60);

        assertThat(MODEL.decay(state, START)).isSameAs(state);
        assertThat(MODEL.decay(state, DAY_60)).isSameAs(state);
    }

    @Test
    void a_reversed_failure_leaves_the_balance_without_the_failure() {
        TrustState paid = MODEL.success(MODEL.newcomer(START), 12_500, START);
        TrustState failed = MODEL.failure(paid, FaultReason.UNPAID, 5_000, START);

        TrustState later = MODEL.decay(failed, DAY_60);
        TrustState reversed = MODEL.adjust(later, -MODEL.failureDelta(FaultReason.UNPAID, 5_000), START);

        assertThat(later).isEqualTo(new TrustState(-3_750, DAY_60, Tier.ANONYMOUS, START));
        assertThat(reversed).isEqualTo(new TrustState(6_250, DAY_60, Tier.ESTABLISHED, START));
    }

    @Test
    void a_reversed_failure_restores_the_tier_only_if_the_score_reaches_it() {
        TrustState paid = MODEL.success(MODEL.newcomer(START), 12_500, START);
        Instant nextDay = START.plus(Duration.ofDays(1));
        TrustState failed = MODEL.failure(paid, FaultReason.UNPAID, 800, START);
        double back = -MODEL.failureDelta(FaultReason.UNPAID, 800);

        TrustState atOnce = MODEL.adjust(failed, back, START);
        TrustState oneDayLater = MODEL.adjust(MODEL.decay(failed, nextDay), back, START);

        assertThat(atOnce.tier()).isEqualTo(Tier.TRUSTED);
        assertThat(oneDayLater.tier()).isEqualTo(Tier.ESTABLISHED);
        assertThat(oneDayLater.balance()).isCloseTo(MODEL.decay(paid, nextDay).balance(), within(1e-9));
    }

    @Test
    void a_reversed_success_lowers_the_tier_and_keeps_the_time_of_the_last_success() {
        TrustState paid = MODEL.success(MODEL.newcomer(START), 12_500, START);

        TrustState some = MODEL.adjust(paid, -2_500, START);
        TrustState all = MODEL.adjust(MODEL.decay(paid, DAY_60), -MODEL.successDelta(12_500), START);

        assertThat(some).isEqualTo(new TrustState(10_000, START, Tier.TRUSTED, START));
        assertThat(all).isEqualTo(new TrustState(0, DAY_60, Tier.NEW, START));
    }

    @Test
    void an_infinite_balance_is_refused() {
        TrustState newcomer = MODEL.newcomer(START);

        for (double infinite : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            assertThatThrownBy(() -> MODEL.adjust(newcomer, infinite, START))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
