package dev.nostrtrust.torture;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The numbers of a policy, out of its canonical text: one {@code name=value} a line. */
final class PaperPolicy {
    private static final String FLOOR = "TRUST_FAULT_FLOOR_SATS_";

    final boolean linear;
    final double halfLifeDays;
    final double halfway;
    final double baseline;
    final double creditPerSat;
    final double creditFlat;
    final double multiplier;
    final double hysteresis;
    final double graceDays;
    final double pointsPerDay;
    private final Map<String, String> values = new TreeMap<>();
    private final Map<String, Double> floors = new TreeMap<>();
    private final Map<PaperTier, Double> thresholds = new EnumMap<>(PaperTier.class);

    /** Refuses a text in which a number is missing or is none. */
    PaperPolicy(String canonical) {
        for (String line : canonical.lines().toList()) {
            int equals = line.indexOf('=');
            values.put(line.substring(0, equals), line.substring(equals + 1));
        }
        linear = value("TRUST_MODEL").equals("linear");
        halfLifeDays = number("TRUST_HALF_LIFE_DAYS");
        halfway = number("TRUST_HALFWAY_SATS");
        baseline = number("TRUST_BASELINE");
        creditPerSat = number("TRUST_CREDIT_PER_SAT");
        creditFlat = number("TRUST_CREDIT_FLAT");
        multiplier = number("TRUST_FAULT_MULTIPLIER");
        hysteresis = number("TRUST_TIER_HYSTERESIS");
        graceDays = number("TRUST_DECAY_GRACE_DAYS");
        pointsPerDay = number("TRUST_DECAY_POINTS_PER_DAY");
        for (String reason :
                new String[] {"unpaid", "expired", "abuse", "policy_rejected", "cancelled_late", "payment_reversed"}) {
            floors.put(reason, number(FLOOR + reason.toUpperCase(java.util.Locale.ROOT)));
        }
        for (PaperTier tier : PaperTier.values()) {
            if (tier != PaperTier.ANONYMOUS) {
                thresholds.put(tier, number("TRUST_TIER_" + tier.name()));
            }
        }
    }

    /** The least that a failure for this reason counts as. */
    double floor(@Nullable String reason) {
        Double floor = reason == null ? null : floors.get(reason);
        if (floor == null) {
            throw new IllegalArgumentException("no reason of a failure: " + reason);
        }
        return floor;
    }

    /** The score at which a tier begins; {@code anonymous} begins below all scores. */
    double threshold(PaperTier tier) {
        return thresholds.getOrDefault(tier, Double.NEGATIVE_INFINITY);
    }

    /** The score down to which a tier is kept: hysteresis is for {@code established} and above. */
    double keep(PaperTier tier) {
        return tier.compareTo(PaperTier.NEW) > 0 ? threshold(tier) - hysteresis : threshold(tier);
    }

    private double number(String name) {
        return Double.parseDouble(value(name));
    }

    private String value(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the policy lacks " + name);
        }
        return value;
    }
}
