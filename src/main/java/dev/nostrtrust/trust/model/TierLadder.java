package dev.nostrtrust.trust.model;

import java.util.Arrays;

/** Where the tiers of a policy begin, and down to where each is kept, at hand for a model that asks at every fact. */
final class TierLadder {
    private static final Tier[] TIERS = Tier.values();

    private final double[] begins;
    private final double[] keeps;
    private final double begin;

    TierLadder(TrustPolicy policy) {
        this.begins = Arrays.stream(TIERS).mapToDouble(policy::threshold).toArray();
        this.keeps = Arrays.stream(TIERS).mapToDouble(policy::keepThreshold).toArray();
        this.begin = policy.threshold(Tier.NEW);
    }

    /** The highest tier whose threshold a score reaches. */
    Tier highest(double score) {
        return reached(begins, score);
    }

    /**
     * The tier after absence: demotes only; but {@code ANONYMOUS} and {@code NEW} follow the score, so that a debt
     * heals.
     */
    Tier afterAbsence(Tier held, double score) {
        if (held.compareTo(Tier.NEW) > 0) {
            return Tier.lower(held, reached(keeps, score));
        }
        return score >= begin ? Tier.NEW : Tier.ANONYMOUS;
    }

    private static Tier reached(double[] from, double score) {
        for (int at = from.length - 1; at > 0; at--) {
            if (from[at] <= score) {
                return TIERS[at];
            }
        }
        return Tier.ANONYMOUS;
    }
}
