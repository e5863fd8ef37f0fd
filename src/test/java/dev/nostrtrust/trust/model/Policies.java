package dev.nostrtrust.trust.model;

import dev.nostrtrust.trust.model.TrustPolicy.Model;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Generates valid policies. One in three is the default policy of its model. */
final class Policies {
    private final Random random;
    private final Map<String, String> variables = new TreeMap<>();

    private Policies(Random random) {
        this.random = random;
    }

    /** A policy with realistic values. */
    static TrustPolicy any(Model model, Random random) {
        Policies policies = new Policies(random);
        policies.variables.put("TRUST_MODEL", model.code());
        if (random.nextInt(3) > 0) {
            policies.scores();
            policies.faults(model == Model.LINEAR ? 30 : 5_000);
            policies.credits(model);
            policies.set("TRUST_DECAY_GRACE_DAYS", policies.uniform(0, 60));
            policies.set("TRUST_DECAY_POINTS_PER_DAY", random.nextInt(5) == 0 ? 0 : policies.uniform(0, 5));
        }
        return TrustPolicy.parse(policies.variables);
    }

    /** A policy without flat credit: the credit of a success depends on its amount only. */
    static TrustPolicy withoutFlatCredit(Random random) {
        Policies policies = new Policies(random);
        if (random.nextInt(3) > 0) {
            policies.scores();
            policies.faults(5_000);
            policies.credits(Model.BALANCE);
            policies.set("TRUST_CREDIT_FLAT", 0);
        }
        return TrustPolicy.parse(policies.variables);
    }

    /** A valid policy with extreme values. */
    static TrustPolicy wild(Model model, Random random) {
        Policies policies = new Policies(random);
        policies.variables.put("TRUST_MODEL", model.code());
        policies.scores();
        policies.set("TRUST_HALF_LIFE_DAYS", policies.logUniform(1e-300, 9e14));
        policies.set("TRUST_HALFWAY_SATS", policies.logUniform(1e-300, 9e14));
        policies.set("TRUST_CREDIT_PER_SAT", policies.logUniform(1e-300, 9e14));
        policies.set("TRUST_CREDIT_FLAT", policies.logUniform(1e-300, 9e14));
        policies.set("TRUST_FAULT_MULTIPLIER", policies.logUniform(1e-300, 9e14));
        policies.set("TRUST_FAULT_FLOOR_SATS", policies.logUniform(1e-300, 9e14));
        policies.set("TRUST_DECAY_GRACE_DAYS", policies.logUniform(1e-300, 9e14));
        policies.set("TRUST_DECAY_POINTS_PER_DAY", policies.logUniform(1e-300, 9e14));
        return TrustPolicy.parse(policies.variables);
    }

    /** The variables of a canonical form. */
    static Map<String, String> variables(String canonical) {
        Map<String, String> variables = new TreeMap<>();
        for (String line : canonical.lines().toList()) {
            int equals = line.indexOf('=');
            variables.put(line.substring(0, equals), line.substring(equals + 1));
        }
        return variables;
    }

    /** Sets four thresholds, the baseline between the first two of them, and the hysteresis. */
    private void scores() {
        double[] gaps = random.doubles(6, 0.05, 1).toArray();
        double sum = 0;
        for (double gap : gaps) {
            sum += gap;
        }
        String[] names = {
            "TRUST_TIER_NEW", "TRUST_BASELINE", "TRUST_TIER_ESTABLISHED", "TRUST_TIER_TRUSTED", "TRUST_TIER_ELITE"
        };
        double score = 0;
        for (int i = 0; i < names.length; i++) {
            score += 100 * gaps[i] / sum;
            set(names[i], score);
        }
        double[] hysteresis = {0, uniform(0, 10), uniform(0, 60)};
        set("TRUST_TIER_HYSTERESIS", hysteresis[random.nextInt(3)]);
    }

    private void faults(double max) {
        set("TRUST_FAULT_MULTIPLIER", uniform(0, 10));
        set("TRUST_FAULT_FLOOR_SATS", uniform(0, max));
        FaultReason[] reasons = FaultReason.values();
        set("TRUST_FAULT_FLOOR_SATS_" + reasons[random.nextInt(reasons.length)], uniform(0, max));
    }

    private void credits(Model model) {
        set("TRUST_HALF_LIFE_DAYS", logUniform(0.01, 1_000));
        set("TRUST_HALFWAY_SATS", logUniform(100, 1e7));
        set("TRUST_CREDIT_PER_SAT", uniform(0.1, 3));
        set("TRUST_CREDIT_FLAT", model == Model.LINEAR ? uniform(0.1, 20) : uniform(0, 1_000) * random.nextInt(2));
    }

    private double uniform(double from, double to) {
        return from + (to - from) * random.nextDouble();
    }

    private double logUniform(double from, double to) {
        return StrictMath.pow(10, uniform(StrictMath.log10(from), StrictMath.log10(to)));
    }

    private void set(String name, double value) {
        variables.put(name, Double.toString(value));
    }
}
