package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.trust.model.TrustPolicy.Model;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The law L10 of docs/trust-model.md. The expected bits were computed on JDK 17 and hold on every JDK. */
class TrustDeterminismTest {

    @ParameterizedTest
    @EnumSource
    void l10_the_same_history_leads_to_the_same_bits(Model kind) {
        Trials.of(110, (random, trials) -> {
            TrustPolicy policy = Policies.any(kind, random);
            TrustModel model = new TrustModel(policy);
            Histories histories = new Histories(random, model);
            List<Deed> deeds = histories.deeds(Histories.START);

            TrustState once = histories.after(model.newcomer(Histories.START), deeds);
            TrustModel reread = new TrustModel(TrustPolicy.parse(Policies.variables(policy.canonical())));
            TrustState again = histories.after(reread.newcomer(Histories.START), deeds);

            assertThat(Double.doubleToRawLongBits(again.balance()))
                    .isEqualTo(Double.doubleToRawLongBits(once.balance()));
            assertThat(again).isEqualTo(once);
            assertThat(reread.demotesAt(again)).isEqualTo(model.demotesAt(once));
        });
    }

    @Test
    void l10_the_bits_of_a_balance_are_the_same_on_every_jdk() {
        assertThat(golden(new TrustModel(TrustPolicy.defaults())))
                .containsExactly(
                        "40e44930ed9edcf2",
                        "4054a28a926d1864",
                        "ELITE until 2027-09-17T06:57:06.163Z",
                        "def7ffa20806fec6");
    }

    @Test
    void l10_the_bits_of_a_linear_balance_are_the_same_on_every_jdk() {
        TrustPolicy policy = TrustPolicy.parse(
                Map.of("TRUST_MODEL", "linear", "TRUST_FAULT_FLOOR_SATS", "8.9", "TRUST_DECAY_POINTS_PER_DAY", "1.7"));

        assertThat(golden(new TrustModel(policy)))
                .containsExactly(
                        "4078b41c50f5110a",
                        "4059000000000000",
                        "ELITE until 2028-03-10T03:56:09.726Z",
                        "57c45e9b4cfadf9c");
    }

    /** The last balance and score, the time of the demotion, and a hash of all intermediate bits. */
    private static List<String> golden(TrustModel model) {
        TrustState state = model.newcomer(Histories.START);
        long folded = 0;
        for (Deed deed : fixedHistory()) {
            state = deed.on(model, state);
            folded = 31 * folded + Double.doubleToRawLongBits(state.balance());
            folded = 31 * folded + Double.doubleToRawLongBits(model.score(state.balance()));
            Instant demotesAt = model.demotesAt(state);
            folded = 31 * folded + (demotesAt == null ? 0 : demotesAt.toEpochMilli());
        }
        return List.of(
                Long.toHexString(Double.doubleToRawLongBits(state.balance())),
                Long.toHexString(Double.doubleToRawLongBits(model.score(state.balance()))),
                state.tier() + " until " + model.demotesAt(state),
                Long.toHexString(folded));
    }

    /** A thousand events, computed with integer arithmetic only so that the history is the same everywhere. */
    private static List<Deed> fixedHistory() {
        List<Deed> deeds = new ArrayList<>();
        Instant now = Histories.START;
        for (long i = 0; i < 1_000; i++) {
            now = now.plusNanos(1_000 * (i * 7_919_000_003L % 86_400_000_017L));
            now = i % 97 == 50 ? now.plusSeconds(45 * 86_400) : now;
            Instant at = i % 7 == 3 ? now.minusSeconds(i * 104_729 % 864_001) : now;
            FaultReason reason = i % 2 == 0 ? FaultReason.UNPAID : FaultReason.ABUSE;
            deeds.add(
                    i % 11 == 5
                            ? new Deed.Failure(reason, i * 611_953 % 1_709, at)
                            : i % 29 == 8
                                    ? new Deed.Adjustment(i * 0.125 - 50, at)
                                    : new Deed.Success(i * 15_485_863 % 2_003, at));
        }
        return deeds;
    }
}
