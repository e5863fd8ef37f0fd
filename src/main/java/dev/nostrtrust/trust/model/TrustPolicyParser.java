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

/** Reads a policy from {@code TRUST_…} variables and finds everything that is wrong with it. Pure. */
final class TrustPolicyParser {
    private static final String FLOOR = "TRUST_FAULT_FLOOR_SATS";
    private static final double MOST = 1e15;

    private final Map<String, String> variables;
    private final Set<String> known = new HashSet<>();
    private final List<String> problems = new ArrayList<>();

    private TrustPolicyParser(Map<String, String> variables) {
        this.variables = new TreeMap<>(variables);
    }

    /**
     * Reads the policy.
     *
     * @param variables by name, such as {@code TRUST_HALF_LIFE_DAYS}; what is not there has its default
     * @throws TrustPolicy.PolicyException with every problem, where the policy contradicts itself
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
     * Reads a canonical form back.
     *
     * @throws TrustPolicy.PolicyException where it is none
     */
    static TrustPolicy parseCanonical(String text) {
        Map<String, String> variables = new TreeMap<>();
        text.lines().forEach(line -> {
            int equals = line.indexOf('=');
            variables.put(line.substring(0, Math.max(0, equals)), line.substring(equals + 1));
        });
        TrustPolicy policy = parse(variables);
        if (!policy.canonical().equals(text)) {
            throw new TrustPolicy.PolicyException(List.of("the text is not in the canonical form of this version"));
        }
        return policy;
    }

    private TrustPolicy policy() {
        Model model = model();
        boolean linear = model == Model.LINEAR;
        // The linear model ignores amounts, has no hysteresis and counts a fault once, whatever is configured.
        double perSat = number("TRUST_CREDIT_PER_SAT", 1, 0, MOST);
        double multiplier = number("TRUST_FAULT_MULTIPLIER", 4, 0, MOST);
        double hysteresis = number("TRUST_TIER_HYSTERESIS", 5, 0, 100);
        return new TrustPolicy(
                model,
                number("TRUST_HALF_LIFE_DAYS", 60, Double.MIN_NORMAL, MOST),
                number("TRUST_HALFWAY_SATS", 10_000, Double.MIN_NORMAL, MOST),
                number("TRUST_BASELINE", 10, 0, 100),
                linear ? 0 : perSat,
                number("TRUST_CREDIT_FLAT", linear ? 1 : 0, 0, MOST),
                linear ? 1 : multiplier,
                floors(linear ? 5 : 1000),
                thresholds(),
                linear ? 0 : hysteresis,
                number("TRUST_DECAY_GRACE_DAYS", 30, 0, MOST),
                number("TRUST_DECAY_POINTS_PER_DAY", 1, 0, MOST));
    }

    private Model model() {
        known.add("TRUST_MODEL");
        String text = variables.getOrDefault("TRUST_MODEL", "").strip();
        if (text.isEmpty()) {
            return Model.BALANCE;
        }
        for (Model model : Model.values()) {
            if (model.code().equals(text)) {
                return model;
            }
        }
        problems.add("TRUST_MODEL is balance or linear, not \"" + text + "\"");
        return Model.BALANCE;
    }

    private Map<FaultReason, Double> floors(double fallback) {
        double general = number(FLOOR, fallback, 0, MOST);
        Map<FaultReason, Double> floors = new EnumMap<>(FaultReason.class);
        for (FaultReason reason : FaultReason.values()) {
            floors.put(reason, number(FLOOR + "_" + reason, general, 0, MOST));
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
        known.add(name);
        String text = variables.get(name);
        if (text == null || text.isBlank()) {
            return fallback;
        }
        try {
            double value = new BigDecimal(text.strip()).doubleValue();
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            // Said below, like a number out of bounds.
        }
        String bounds = min == Double.MIN_NORMAL ? "above 0" : "from " + (long) min;
        problems.add(name + " is a number " + bounds + " to " + (long) max + ", not \"" + text + "\"");
        return fallback;
    }

    private void checkNames() {
        for (String name : variables.keySet()) {
            if (!known.contains(name)) {
                problems.add(
                        name.startsWith(FLOOR + "_")
                                ? name + " ends in none of the reasons " + List.of(FaultReason.values())
                                : name + " is not a setting of the trust policy");
            }
        }
    }

    private void check(TrustPolicy policy) {
        Tier[] tiers = Tier.values();
        for (int i = 2; i < tiers.length; i++) {
            if (policy.threshold(tiers[i]) <= policy.threshold(tiers[i - 1])) {
                problems.add("TRUST_TIER_" + tiers[i] + " has to be above TRUST_TIER_" + tiers[i - 1]);
            }
        }
        if (policy.threshold(Tier.NEW) <= 0) {
            problems.add("TRUST_TIER_NEW has to be above 0, or no debt would ever show");
        }
        if (policy.baseline() < policy.threshold(Tier.NEW)) {
            problems.add("TRUST_BASELINE has to be at least TRUST_TIER_NEW, or a newcomer would be in debt");
        }
        if (policy.baseline() >= policy.threshold(Tier.ESTABLISHED)) {
            problems.add("TRUST_BASELINE has to be below TRUST_TIER_ESTABLISHED, or a tier would be had for nothing");
        }
        if (policy.model() == Model.BALANCE && policy.threshold(Tier.ELITE) >= 100) {
            problems.add("TRUST_TIER_ELITE has to be below 100, which no balance reaches");
        }
    }
}
