package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.trust.model.TrustPolicy.Model;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The laws L1, L2 and L5 to L8 of docs/trust-model.md. {@link TrustOrderLawsTest} tests L3, L4 and L9. */
class TrustLawsTest {

    @ParameterizedTest
    @EnumSource
    void the_generated_histories_reach_every_tier_and_both_sides_of_the_baseline(Model kind) {
        Map<Tier, Integer> visits = new EnumMap<>(Tier.class);
        int[] below = new int[1];

        Trials.of(100, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            TrustState state = new Histories(random, model).state();
            visits.merge(state.tier(), 1, Integer::sum);
            below[0] += model.score(state.balance()) < model.policy().baseline() ? 1 : 0;
        });

        assertThat(visits).containsOnlyKeys(Tier.values());
        assertThat(visits.values()).allSatisfy(count -> assertThat(count).isGreaterThan(Trials.CASES / 50));
        assertThat(below[0]).isBetween(Trials.CASES / 10, Trials.CASES * 9 / 10);
    }

    @ParameterizedTest
    @EnumSource
    void l1_absence_in_two_parts_is_absence_in_one(Model kind) {
        Trials.of(101, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            Histories histories = new Histories(random, model);
            TrustState state = histories.state();
            Instant between = state.asOf().plus(histories.gap());
            Instant end = between.plus(histories.gap());

            TrustState once = model.decay(state, end);
            TrustState twice = model.decay(model.decay(state, between), end);

            trials.same(model, twice, once, 0);
        });
    }

    @ParameterizedTest
    @EnumSource
    void l2_the_score_stays_between_0_and_100(Model kind) {
        Trials.of(102, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            TrustState state = model.newcomer(Histories.START);

            for (Deed deed : new Histories(random, model).deeds(Histories.START)) {
                state = deed.on(model, state);
                assertThat(model.score(state.balance())).isBetween(0.0, 100.0);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void l2_the_score_stays_between_0_and_100_for_extreme_numbers(Model kind) {
        Trials.of(202, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.wild(kind, random));
            Histories histories = new Histories(random, model);
            TrustState state = model.newcomer(Histories.START);

            for (int i = 0; i < Histories.MAX_DEEDS; i++) {
                Instant at = histories.around(state.asOf());
                long sats = random.nextLong() & Long.MAX_VALUE;
                double change = (random.nextDouble() - 0.5) * StrictMath.pow(10, random.nextInt(308));
                Deed deed =
                        switch (random.nextInt(3)) {
                            case 0 -> new Deed.Success(sats, at);
                            case 1 -> new Deed.Failure(FaultReason.ABUSE, sats, at);
                            default -> new Deed.Adjustment(change, at);
                        };
                state = deed.on(model, state);
                assertThat(model.score(state.balance())).as("%s", state).isBetween(0.0, 100.0);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void l5_absence_moves_the_score_towards_the_baseline_and_never_across(Model kind) {
        Trials.of(105, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            Histories histories = new Histories(random, model);
            TrustState state = histories.state();
            double baseline = model.policy().baseline();

            double before = model.score(state.balance());
            double after = model.score(
                    model.decay(state, state.asOf().plus(histories.gap())).balance());

            assertThat(Math.abs(after - baseline)).isLessThan(Math.abs(before - baseline) + 1e-9);
            assertThat(Math.signum(after - baseline)).isIn(0.0, Math.signum(before - baseline));
        });
    }

    @Test
    void l5_endless_absence_leads_to_the_baseline() {
        Trials.of(205, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(Model.BALANCE, random));
            TrustState state = new Histories(random, model).state();
            Instant end = state.asOf().plusSeconds((long) (200 * model.policy().halfLifeDays() * 86_400));

            TrustState rested = model.decay(state, end);

            double score = model.score(rested.balance());
            assertThat(Math.abs(score - model.policy().baseline())).isLessThan(1e-12);
        });
    }

    @ParameterizedTest
    @EnumSource
    void l6_absence_never_raises_a_tier_above_new(Model kind) {
        Trials.of(106, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            Histories histories = new Histories(random, model);
            TrustState state = histories.state();

            TrustState rested = model.decay(state, state.asOf().plus(histories.gap()));

            assertThat(rested.tier()).isLessThanOrEqualTo(Tier.higher(state.tier(), Tier.NEW));
        });
    }

    @Test
    void l7_many_small_payments_equal_one_large_one() {
        Trials.of(107, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.withoutFlatCredit(random));
            Histories histories = new Histories(random, model);
            TrustState state = histories.state();
            Instant at = histories.around(state.asOf());
            long sats = histories.sats();
            int parts = 1 + random.nextInt(50);

            TrustState once = model.success(state, sats * parts, at);
            TrustState parted = histories.after(state, Collections.nCopies(parts, new Deed.Success(sats, at)));

            trials.same(model, parted, once, Math.abs(state.balance()) + sats * parts);
        });
    }

    @Test
    void l8_the_balance_does_not_depend_on_the_order_of_arrival() {
        Trials.of(108, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(Model.BALANCE, random));
            Histories histories = new Histories(random, model);
            List<Deed> deeds = histories.deeds(Histories.START);
            List<Deed> shuffled = new ArrayList<>(deeds);
            Collections.shuffle(shuffled, random);

            TrustState inOrder = histories.after(model.newcomer(Histories.START), deeds);
            TrustState outOfOrder = histories.after(model.newcomer(Histories.START), shuffled);

            assertThat(outOfOrder.asOf()).isEqualTo(inOrder.asOf());
            assertThat(outOfOrder.lastSuccessAt()).isEqualTo(inOrder.lastSuccessAt());
            trials.sameBalance(outOfOrder, inOrder, histories.moved(deeds));
        });
    }
}
