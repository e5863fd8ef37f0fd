package dev.nostrtrust.trust.model;

import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The numbers of the trust model: see docs/trust-model.md.
 *
 * @param model which of the two models is in force
 * @param halfLifeDays days of absence that halve a balance
 * @param halfwaySats balance at which the score is halfway from the baseline to 100
 * @param baseline score of a newcomer
 * @param creditPerSat what a success adds for each sat
 * @param creditFlat what a success adds whatever it paid
 * @param faultMultiplier how much dearer a fault is than the sats it lost
 * @param faultFloors the least loss that a fault counts as, by reason
 * @param thresholds the scores at which the tiers from {@code NEW} upwards begin
 * @param hysteresis how far below its threshold a tier is kept
 * @param decayGraceDays linear only: idle days that cost nothing
 * @param decayPointsPerDay linear only: points lost on each idle day after those
 */
public record TrustPolicy(
        Model model,
        double halfLifeDays,
        double halfwaySats,
        double baseline,
        double creditPerSat,
        double creditFlat,
        double faultMultiplier,
        Map<FaultReason, Double> faultFloors,
        Map<Tier, Double> thresholds,
        double hysteresis,
        double decayGraceDays,
        double decayPointsPerDay) {

    /** The two models. */
    public enum Model {
        BALANCE,
        LINEAR;

        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public TrustPolicy {
        faultFloors = Collections.unmodifiableMap(new EnumMap<>(faultFloors));
        thresholds = Collections.unmodifiableMap(new EnumMap<>(thresholds));
    }

    /**
     * Parses a policy.
     *
     * @param variables by name, such as {@code TRUST_HALF_LIFE_DAYS}; a missing one has its default
     * @throws PolicyException with every problem that was found
     */
    public static TrustPolicy parse(Map<String, String> variables) {
        return TrustPolicyParser.parse(variables);
    }

    /**
     * Parses a canonical form.
     *
     * @throws PolicyException if the text is not a canonical form
     */
    public static TrustPolicy parseCanonical(String text) {
        return TrustPolicyParser.parseCanonical(text);
    }

    /** A policy that contradicts itself, with every problem found. */
    public static final class PolicyException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;
        private final transient List<String> problems;

        PolicyException(List<String> problems) {
            super(String.join("\n", problems));
            this.problems = List.copyOf(problems);
        }

        public List<String> problems() {
            return problems;
        }
    }

    /** The policy where nothing is configured. */
    public static TrustPolicy defaults() {
        return parse(Map.of());
    }

    /** The score at which a tier begins; 0 for {@code ANONYMOUS}. */
    public double threshold(Tier tier) {
        return tier == Tier.ANONYMOUS ? 0 : thresholds.getOrDefault(tier, Double.NaN);
    }

    /** The score down to which a tier is kept: hysteresis holds from {@code ESTABLISHED} upwards. */
    public double keepThreshold(Tier tier) {
        return tier.compareTo(Tier.NEW) <= 0 ? threshold(tier) : threshold(tier) - hysteresis;
    }

    public double faultFloor(FaultReason reason) {
        return faultFloors.getOrDefault(reason, Double.NaN);
    }

    /**
     * One {@code name=value} line for every number, in a fixed order, each value as its exact decimal expansion: the
     * same text on every JDK. {@link #parseCanonical} reads it back.
     */
    public String canonical() {
        List<String> lines = new ArrayList<>();
        lines.add("TRUST_MODEL=" + model.code());
        lines.add(line("TRUST_HALF_LIFE_DAYS", halfLifeDays));
        lines.add(line("TRUST_HALFWAY_SATS", halfwaySats));
        lines.add(line("TRUST_BASELINE", baseline));
        lines.add(line("TRUST_CREDIT_PER_SAT", creditPerSat));
        lines.add(line("TRUST_CREDIT_FLAT", creditFlat));
        lines.add(line("TRUST_FAULT_MULTIPLIER", faultMultiplier));
        new EnumMap<>(faultFloors)
                .forEach((reason, floor) -> lines.add(line("TRUST_FAULT_FLOOR_SATS_" + reason, floor)));
        new EnumMap<>(thresholds).forEach((tier, score) -> lines.add(line("TRUST_TIER_" + tier, score)));
        lines.add(line("TRUST_TIER_HYSTERESIS", hysteresis));
        lines.add(line("TRUST_DECAY_GRACE_DAYS", decayGraceDays));
        lines.add(line("TRUST_DECAY_POINTS_PER_DAY", decayPointsPerDay));
        return String.join("\n", lines) + "\n";
    }

    /** Twelve hexadecimal digits of the SHA-256 of the canonical form. */
    public String version() {
        return version(canonical());
    }

    /** The version of the policy that has this canonical form. */
    public static String version(String canonical) {
        return Hex.encode(Sha256.of(canonical)).substring(0, 12);
    }

    private static String line(String name, double value) {
        return name + "=" + new BigDecimal(value).toPlainString();
    }
}
