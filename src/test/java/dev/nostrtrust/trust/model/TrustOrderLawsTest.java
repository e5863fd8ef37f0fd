package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.trust.model.TrustPolicy.Model;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The laws L3, L4 and L9 of docs/trust-model.md, and the time of demotion. */
class TrustOrderLawsTest {

    @ParameterizedTest
    @EnumSource
    void l3_a_success_never_lowers_score_or_tier_now_or_later(Model kind) {
        Trials.of(103, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            Histories histories = new Histories(random, model);
            TrustState state = histories.state();
            Deed success = histories.success(histories.around(state.asOf()));

            TrustState without = model.decay(state, success.at());
            TrustState with = success.on(model, state);

            staysBetter(histories, model, trials, with, without);
        });
    }

    @ParameterizedTest
    @EnumSource
    void l4_a_failure_never_raises_score_or_tier_now_or_later(Model kind) {
        Trials.of(104, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            Histories histories = new Histories(random, model);
            TrustState state = histories.state();
            Deed failure = histories.failure(histories.around(state.asOf()));

            TrustState without = model.decay(state, failure.at());
            TrustState with = failure.on(model, state);

            staysBetter(histories, model, trials, without, with);
        });
    }

    @Test
    void l4_in_the_linear_model_a_failure_does_not_reset_the_idle_clock() {
        TrustModel model = new TrustModel(TrustPolicy.parse(Map.of("TRUST_MODEL", "linear")));
        Instant start = Histories.START;
        TrustState paid = model.success(model.adjust(model.newcomer(start), 59, start), 1, start);

        TrustState failed = model.failure(paid, FaultReason.UNPAID, 1, start.plusSeconds(29 * 86_400));

        assertThat(failed.lastSuccessAt()).isEqualTo(start);
        assertThat(failed.balance()).isEqualTo(65);
        assertThat(model.decay(failed, start.plusSeconds(30 * 86_400)).balance())
                .isEqualTo(65);
        assertThat(model.decay(failed, start.plusSeconds(31 * 86_400)).balance())
                .isEqualTo(64);
        assertThat(model.decay(failed, start.plusSeconds(59 * 86_400)).balance())
                .isEqualTo(36);
    }

    @ParameterizedTest
    @EnumSource
    void l9_a_better_state_stays_better_under_the_same_future(Model kind) {
        Trials.of(109, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            Histories histories = new Histories(random, model);
            TrustState better = histories.state();
            TrustState worse = better;

            for (int i = random.nextInt(5); i >= 0; i--) {
                Instant at = histories.around(better.asOf());
                Deed good = random.nextBoolean() ? histories.success(at) : new Deed.Adjustment(histories.change(), at);
                Deed bad = random.nextBoolean() ? histories.failure(at) : new Deed.Adjustment(-histories.change(), at);
                better = good.on(model, better);
                worse = bad.on(model, worse);
            }

            staysBetter(histories, model, trials, better, worse);
        });
    }

    @ParameterizedTest
    @EnumSource
    void decay_lowers_the_tier_at_the_time_of_demotion(Model kind) {
        Trials.of(111, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            TrustState state = new Histories(random, model).state();

            Instant demotesAt = model.demotesAt(state);

            if (demotesAt == null) {
                Instant far = state.asOf().plusSeconds(9_999L * 365 * 86_400);
                assertThat(model.decay(state, far).tier()).isGreaterThanOrEqualTo(state.tier());
            } else {
                Instant justBefore = demotesAt.minusMillis(10);
                assertThat(demotesAt).isAfterOrEqualTo(state.asOf());
                assertThat(model.decay(state, justBefore).tier()).isEqualTo(state.tier());
                assertThat(model.decay(state, demotesAt.plusMillis(10)).tier()).isLessThan(state.tier());
            }
        });
    }

    private static void staysBetter(
            Histories histories, TrustModel model, Trials trials, TrustState better, TrustState worse) {
        List<Deed> future = histories.deeds(better.asOf());
        double moved = Math.abs(better.balance()) + Math.abs(worse.balance()) + histories.moved(future);
        TrustState up = better;
        TrustState down = worse;
        trials.noWorse(model, up, down, moved);
        for (Deed deed : future) {
            up = deed.on(model, up);
            down = deed.on(model, down);
            trials.noWorse(model, up, down, moved);
        }
    }
}
