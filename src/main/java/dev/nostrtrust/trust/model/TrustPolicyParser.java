package dev.nostrtrust.trust.model;

import dev.nostrtrust.trust.model.TrustPolicy.Model;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Parses a policy from {@code TRUST_…} variables and reports every problem. Pure. */
final class TrustPolicyParser {
    private static final String FAULT_FLOOR = "TRUST_FAULT_FLOOR_SATS";
    private static final double MAX = 1e15;

    private final Map<String, String> variables;
    private final Set<String> knownNames = new HashSet<>();
    private final List<String> problems = new ArrayList<>();

    private TrustPolicyParser(Map<String, String> variables) {
        this.variables = new TreeMap<>(variables);
    }

    /**
     * Parses a policy.
     *
     * @param variables by name, such as {@code TRUST_HALF_LIFE_DAYS}; a missing variable has its default
     * @throws TrustPolicy.PolicyException with every problem found
     */
    static TrustPolicy parse(Map<String, String> variables) {
        TrustPolicyParser parser = new TrustPolicyParser(variables);
        TrustPolicy policy = parser.policy();
        parser.checkNames();
        parser.check(policy);
        if (!parser.problems.isEmpty()) {
            throw new TrustPolicy.PolicyException(parser.problems);
        }
        return policy;
    }

    /**
     * Parses a canonical form.
     *
     * @throws TrustPolicy.PolicyException if the text is not a canonical form
     */
    static TrustPolicy parseCanonical(String text) {
        Map<String, String> variables = new TreeMap<>();
        text.lines().forEach(line -> {
            int equals = line.indexOf('=');
            variables.put(line.substring(0, Math.max(0, equals)), line.substring(equals + 1));
        });
        TrustPolicy policy = parse(variables);
        if (!policy.canonical().equals(text)) {
            throw new TrustPolicy.PolicyException(List.of("The text is not in the canonical form of this version."));
        }
        return policy;
    }

    /** The names of all variables. */
    static Set<String> names() {
        TrustPolicyParser parser = new TrustPolicyParser(Map.of());
        parser.policy();
        return parser.knownNames;
    }

    private TrustPolicy policy() {
        Model model = model();
        boolean linear = model == Model.LINEAR;
        // The linear model ignores the configured amounts, multiplier and hysteresis.
        double perSat = number("TRUST_CREDIT_PER_SAT", 1, 0, MAX);
        double multiplier = number("TRUST_FAULT_MULTIPLIER", 4, 0, MAX);
        double hysteresis = number("TRUST_TIER_HYSTERESIS", 5, 0, 100);
        return new TrustPolicy(
                model,
                number("TRUST_HALF_LIFE_DAYS", 60, Double.MIN_NORMAL, MAX),
                number("TRUST_HALFWAY_SATS", 10_000, Double.MIN_NORMAL, MAX),
                number("TRUST_BASELINE", 10, 0, 100),
                linear ? 0 : perSat,
                number("TRUST_CREDIT_FLAT", linear ? 1 : 0, 0, MAX),
                linear ? 1 : multiplier,
                floors(linear ? 5 : 1000),
                thresholds(),
                linear ? 0 : hysteresis,
                number("TRUST_DECAY_GRACE_DAYS", 30, 0, MAX),
                number("TRUST_DECAY_POINTS_PER_DAY", 1, 0, MAX));
    }

    private Model model() {
        knownNames.add("TRUST_MODEL");
        String text = variables.getOrDefault("TRUST_MODEL", "").strip();
        if (text.isEmpty()) {
            return Model.BALANCE;
        }
        for (Model model : Model.values()) {
            if (model.code().equals(text)) {
                return model;
            }
        }
        problems.add("TRUST_MODEL must be balance or linear, not \"" + text + "\"");
        return Model.BALANCE;
    }

    private Map<FaultReason, Double> floors(double fallback) {
        double general = number(FAULT_FLOOR, fallback, 0, MAX);
        Map<FaultReason, Double> floors = new EnumMap<>(FaultReason.class);
        for (FaultReason reason : FaultReason.values()) {
            floors.put(reason, number(FAULT_FLOOR + "_" + reason, general, 0, MAX));
        }
        return floors;
    }

    private Map<Tier, Double> thresholds() {
        Map<Tier, Double> thresholds = new EnumMap<>(Tier.class);
        thresholds.put(Tier.NEW, number("TRUST_TIER_NEW", 8, 0, 100));
        thresholds.put(Tier.ESTABLISHED, number("TRUST_TIER_ESTABLISHED", 30, 0, 100));
        thresholds.put(Tier.TRUSTED, number("TRUST_TIER_TRUSTED", 60, 0, 100));
        thresholds.put(Tier.ELITE, number("TRUST_TIER_ELITE", 80, 0, 100));
        return thresholds;
    }

    private double number(String name, double fallback, double min, double max) {
        knownNames.add(name);
        String text = variables.get(name);
        if (text == null || text.isBlank()) {
            return fallback;
        }
        try {
            double value = new BigDecimal(text.strip()).doubleValue();
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException invalid) {
            // Reported below, like a number out of range.
        }
        String bounds = min == Double.MIN_NORMAL ? "above 0" : "from " + (long) min;
        problems.add(name + " must be a number " + bounds + " to " + (long) max + ", not \"" + text + "\"");
        return fallback;
    }

    private void checkNames() {
        for (String name : variables.keySet()) {
            if (!knownNames.contains(name)) {
                problems.add(
                        name.startsWith(FAULT_FLOOR + "_")
                                ? name + " must end with one of the reasons " + List.of(FaultReason.values())
                                : name + " is not a setting of the trust policy");
            }
        }
    }

    private void check(TrustPolicy policy) {
        Tier[] tiers = Tier.values();
        for (int i = 2; i < tiers.length; i++) {
            if (policy.threshold(tiers[i]) <= policy.threshold(tiers[i - 1])) {
                problems.add("TRUST_TIER_" + tiers[i] + " must be above TRUST_TIER_" + tiers[i - 1]);
            }
        }
        if (policy.threshold(Tier.NEW) <= 0) {
            problems.add("TRUST_TIER_NEW must be above 0, or an identity in debt would keep the tier new");
        }
        if (policy.baseline() < policy.threshold(Tier.NEW)) {
            problems.add("TRUST_BASELINE must be at least TRUST_TIER_NEW, or a newcomer would have the tier anonymous");
        }
        if (policy.baseline() >= policy.threshold(Tier.ESTABLISHED)) {
            problems.add(
                    "TRUST_BASELINE must be below TRUST_TIER_ESTABLISHED, or a newcomer would be established without a payment");
        }
        if (policy.model() == Model.BALANCE && policy.threshold(Tier.ELITE) >= 100) {
            problems.add("TRUST_TIER_ELITE must be below 100, because no balance reaches the score 100");
        }
    }
}
