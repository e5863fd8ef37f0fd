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
import java.util.Set;

/**
 * The parameters of the trust model. See docs/trust-model.md.
 *
 * @param model the model in use
 * @param halfLifeDays days of absence that halve a balance
 * @param halfwaySats balance with a score halfway between the baseline and 100
 * @param baseline score of a newcomer
 * @param creditPerSat credit of a success for each sat
 * @param creditFlat credit of a success, independent of its amount
 * @param faultMultiplier factor of the loss of a failure
 * @param faultFloors minimum loss of a failure, by reason
 * @param thresholds minimum scores of the tiers from {@code NEW} upwards
 * @param hysteresis points below its threshold at which a tier is lost
 * @param decayGraceDays linear model only: idle days without decay
 * @param decayPointsPerDay linear model only: points lost on each idle day after the grace period
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

    /** The available models. */
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
     * @param variables by name, such as {@code TRUST_HALF_LIFE_DAYS}; a missing variable has its default
     * @throws PolicyException with every problem found
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

    /** An invalid policy, with every problem found. */
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

    /** The names of all variables of a policy, such as {@code TRUST_HALF_LIFE_DAYS}. */
    public static Set<String> names() {
        return TrustPolicyParser.names();
    }

    /** The policy without any configuration. */
    public static TrustPolicy defaults() {
        return parse(Map.of());
    }

    /** The minimum score of a tier; 0 for {@code ANONYMOUS}. */
    public double threshold(Tier tier) {
        return tier == Tier.ANONYMOUS ? 0 : thresholds.getOrDefault(tier, Double.NaN);
    }

    /** The score below which a tier is lost. Hysteresis applies from {@code ESTABLISHED} upwards. */
    public double keepThreshold(Tier tier) {
        return tier.compareTo(Tier.NEW) <= 0 ? threshold(tier) : threshold(tier) - hysteresis;
    }

    public double faultFloor(FaultReason reason) {
        return faultFloors.getOrDefault(reason, Double.NaN);
    }

    /**
     * One {@code name=value} line for each parameter, in a fixed order, with exact decimal values. The text is the same
     * on every JDK. {@link #parseCanonical} parses it.
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

    /** The first twelve hexadecimal digits of the SHA-256 of the canonical form. */
    public String version() {
        return version(canonical());
    }

    /** The version of the policy with this canonical form. */
    public static String version(String canonical) {
        return Hex.encode(Sha256.of(canonical)).substring(0, 12);
    }

    private static String line(String name, double value) {
        return name + "=" + new BigDecimal(value).toPlainString();
    }
}
