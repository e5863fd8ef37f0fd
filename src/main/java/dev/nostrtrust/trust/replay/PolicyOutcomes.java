package dev.nostrtrust.trust.replay;

import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.FactFold;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The outcomes of work by the tier that a policy gave at that time, as if it had applied from the first entry. Pass all
 * entries in order. Reversed facts do not count, and locks are ignored. Pure; not thread-safe.
 */
public final class PolicyOutcomes {
    /** The quantile of the normal distribution for 95 %. */
    private static final double Z = 1.959964;

    private final TrustModel model;
    private final Set<Long> reversed;
    private final FactFold facts;
    private final Map<Tier, Outcomes> outcomes = new EnumMap<>(Tier.class);

    /**
     * The outcomes in one tier, or in several.
     *
     * @param facts successes and faults
     * @param satsPaid of the successes
     * @param satsLost of the faults, as reported
     */
    public record Outcomes(long facts, long satsPaid, long faults, long satsLost) {
        static final Outcomes NONE = new Outcomes(0, 0, 0, 0);

        Outcomes plus(Outcomes other) {
            return new Outcomes(
                    facts + other.facts, satsPaid + other.satsPaid, faults + other.faults, satsLost + other.satsLost);
        }

        /** The share of faults; 0 without facts. */
        public double faultRate() {
            return facts == 0 ? 0 : (double) faults / facts;
        }

        /** The lower bound of the fault rate with 95 % confidence (Wilson's interval); 0 without facts. */
        public double faultRateFrom() {
            return facts == 0 ? 0 : Math.max(0, centre() - halfWidth());
        }

        /** The upper bound; 1 without facts. */
        public double faultRateTo() {
            return facts == 0 ? 1 : Math.min(1, centre() + halfWidth());
        }

        private double centre() {
            return (faultRate() + Z * Z / (2 * facts)) / (1 + Z * Z / facts);
        }

        private double halfWidth() {
            double variance = faultRate() * (1 - faultRate()) / facts + Z * Z / (4.0 * facts * facts);
            return Z * Math.sqrt(variance) / (1 + Z * Z / facts);
        }
    }

    /**
     * Creates outcomes of an empty ledger.
     *
     * @param model the model of the policy
     * @param reversed the ids of all facts that an entry reverses
     */
    public PolicyOutcomes(TrustModel model, Set<Long> reversed) {
        this.model = model;
        this.reversed = reversed;
        this.facts = new FactFold(reversed::contains);
    }

    /** Adds the next entry. */
    public void entry(Entry stored) {
        Fact fact = stored.fact();
        Tier tier = facts.score(model, stored.id(), fact).before().tier();
        if (reversed.contains(stored.id())) {
            return;
        }
        if (fact.kind() == FactKind.SUCCESS) {
            add(tier, new Outcomes(1, fact.sats(), 0, 0));
        } else if (fact.kind() == FactKind.FAILURE) {
            add(tier, new Outcomes(1, 0, 1, fact.sats()));
        }
    }

    private void add(Tier tier, Outcomes one) {
        outcomes.merge(tier, one, Outcomes::plus);
    }

    /** The version of the policy. */
    public String policyVersion() {
        return model.policyVersion();
    }

    /** The outcomes of facts that came while their identity had this tier. */
    public Outcomes of(Tier tier) {
        return outcomes.getOrDefault(tier, Outcomes.NONE);
    }

    /** The outcomes at {@code trusted} and above. */
    public Outcomes credit() {
        return of(Tier.TRUSTED).plus(of(Tier.ELITE));
    }

    /** A table with a line for each tier, and the cost of credit at {@code trusted} and above. */
    public List<String> table() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%-12s%10s%16s%8s%16s  %s",
                "tier",
                "facts",
                "sats paid",
                "faults",
                "sats lost",
                "fault rate, 95 %"));
        for (Tier tier : Tier.values()) {
            Outcomes each = of(tier);
            lines.add(String.format(
                    Locale.ROOT,
                    "%-12s%10d%16d%8d%16d  %s",
                    tier.code(),
                    each.facts(),
                    each.satsPaid(),
                    each.faults(),
                    each.satsLost(),
                    rate(each)));
        }
        Outcomes credit = credit();
        lines.add(String.format(
                Locale.ROOT,
                "credit at trusted and above: lost %d sats, earned %d sats",
                credit.satsLost(),
                credit.satsPaid()));
        return lines;
    }

    private static String rate(Outcomes outcomes) {
        return outcomes.facts() == 0
                ? "-"
                : String.format(
                        Locale.ROOT,
                        "%.2f %% (%.2f to %.2f)",
                        100 * outcomes.faultRate(),
                        100 * outcomes.faultRateFrom(),
                        100 * outcomes.faultRateTo());
    }
}
