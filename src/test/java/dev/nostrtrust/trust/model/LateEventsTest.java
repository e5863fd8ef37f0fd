package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Events that are told after later ones, and events that are taken back, under the default policy. */
class LateEventsTest {
    private static final Instant START = Histories.START;
    private static final Instant DAY_60 = START.plus(Duration.ofDays(60));
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());

    @Test
    void a_late_success_weighs_what_is_left_of_it_and_does_not_turn_time_back() {
        TrustState state = MODEL.success(MODEL.newcomer(DAY_60), 3_000, DAY_60);

        TrustState late = MODEL.success(state, 10_000, START);

        assertThat(late).isEqualTo(new TrustState(8_000, DAY_60, Tier.ESTABLISHED, DAY_60));
    }

    @Test
    void a_late_success_can_win_a_tier_by_what_is_left_of_it() {
        TrustState newcomer = MODEL.newcomer(DAY_60);

        assertThat(MODEL.success(newcomer, 25_000, START))
                .isEqualTo(new TrustState(12_500, DAY_60, Tier.TRUSTED, START));
        assertThat(MODEL.success(newcomer, 24_999, START).tier()).isEqualTo(Tier.ESTABLISHED);
    }

    @Test
    void a_late_failure_costs_what_is_left_of_it() {
        TrustState state = MODEL.success(MODEL.newcomer(DAY_60), 12_500, DAY_60);

        assertThat(MODEL.failure(state, FaultReason.UNPAID, 800, START))
                .isEqualTo(new TrustState(10_500, DAY_60, Tier.TRUSTED, DAY_60));
        assertThat(MODEL.failure(state, FaultReason.UNPAID, 1_251, START))
                .isEqualTo(new TrustState(9_998, DAY_60, Tier.ESTABLISHED, DAY_60));
    }

    @Test
    void an_event_of_the_very_time_of_the_state_is_not_late() {
        TrustState state = MODEL.newcomer(START);

        assertThat(MODEL.success(state, 1_000, START).balance()).isEqualTo(1_000);
        assertThat(MODEL.success(state, 1_000, START.minusNanos(1_000)).balance())
                .isLessThan(1_000)
                .isCloseTo(1_000, within(1e-6));
    }

    @Test
    void told_late_or_in_time_the_balance_is_the_same() {
        Instant day30 = START.plus(Duration.ofDays(30));
        TrustState newcomer = MODEL.newcomer(START);

        TrustState inTime = MODEL.success(MODEL.failure(newcomer, FaultReason.ABUSE, 2_000, day30), 9_000, DAY_60);
        TrustState late = MODEL.failure(MODEL.success(newcomer, 9_000, DAY_60), FaultReason.ABUSE, 2_000, day30);

        assertThat(late.balance()).isCloseTo(inTime.balance(), within(1e-9));
        assertThat(late.asOf()).isEqualTo(inTime.asOf());
    }

    @Test
    void told_late_a_success_wins_the_tier_of_what_is_left_of_it_and_not_the_one_it_would_have_held() {
        Instant day10 = START.plus(Duration.ofDays(10));
        TrustState newcomer = MODEL.newcomer(START);

        TrustState inTime = MODEL.success(MODEL.success(newcomer, 12_500, START), 1, day10);
        TrustState late = MODEL.success(MODEL.success(newcomer, 1, day10), 12_500, START);

        assertThat(late.balance()).isCloseTo(inTime.balance(), within(1e-9));
        assertThat(inTime.tier()).isEqualTo(Tier.TRUSTED);
        assertThat(late.tier()).isEqualTo(Tier.ESTABLISHED);
    }

    @Test
    void a_read_of_the_past_leaves_the_state_as_it_is() {
        TrustState state = MODEL.success(MODEL.newcomer(DAY_60), 12_500, DAY_60);

        assertThat(MODEL.decay(state, START)).isSameAs(state);
        assertThat(MODEL.decay(state, DAY_60)).isSameAs(state);
    }

    @Test
    void a_reversed_failure_leaves_the_balance_that_would_be_without_it() {
        TrustState paid = MODEL.success(MODEL.newcomer(START), 12_500, START);
        TrustState failed = MODEL.failure(paid, FaultReason.UNPAID, 5_000, START);

        TrustState later = MODEL.decay(failed, DAY_60);
        TrustState reversed = MODEL.adjust(later, -MODEL.failureDelta(FaultReason.UNPAID, 5_000), START);

        assertThat(later).isEqualTo(new TrustState(-3_750, DAY_60, Tier.ANONYMOUS, START));
        assertThat(reversed).isEqualTo(new TrustState(6_250, DAY_60, Tier.ESTABLISHED, START));
    }

    @Test
    void a_reversed_failure_gives_a_tier_back_only_where_the_score_wins_it() {
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
    void a_reversed_success_is_lost_as_by_a_failure_but_its_time_stays() {
        TrustState paid = MODEL.success(MODEL.newcomer(START), 12_500, START);

        TrustState some = MODEL.adjust(paid, -2_500, START);
        TrustState all = MODEL.adjust(MODEL.decay(paid, DAY_60), -MODEL.successDelta(12_500), START);

        assertThat(some).isEqualTo(new TrustState(10_000, START, Tier.TRUSTED, START));
        assertThat(all).isEqualTo(new TrustState(0, DAY_60, Tier.NEW, START));
    }

    @Test
    void a_balance_that_is_no_number_is_refused() {
        TrustState newcomer = MODEL.newcomer(START);

        for (double nonsense : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            assertThatThrownBy(() -> MODEL.adjust(newcomer, nonsense, START))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
