package dev.nostrtrust.trust.model;

import dev.nostrtrust.trust.model.TrustPolicy.Model;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The trust model: a signed, decaying balance. Pure functions of their arguments, the same bits on every JDK (powers
 * and logarithms come from {@link StrictMath}). Formulas: docs/trust-model.md.
 */
public final class TrustModel {
    private static final double MICROS_PER_DAY = 86_400e6;
    private static final Tier[] TIERS = Tier.values();

    private final TrustPolicy policy;
    private final String policyVersion;
    private final double[] thresholds;
    private final double[] keepThresholds;
    private final double newThreshold;

    public TrustModel(TrustPolicy policy) {
        this.policy = policy;
        this.policyVersion = policy.version();
        this.thresholds = Arrays.stream(TIERS).mapToDouble(policy::threshold).toArray();
        this.keepThresholds =
                Arrays.stream(TIERS).mapToDouble(policy::keepThreshold).toArray();
        this.newThreshold = policy.threshold(Tier.NEW);
    }

    public TrustPolicy policy() {
        return policy;
    }

    /** Names the policy: see {@link TrustPolicy#version()}, which takes its time. */
    public String policyVersion() {
        return policyVersion;
    }

    /** The state of an identity without history. */
    public TrustState newcomer(Instant now) {
        return new TrustState(neutral(), now, Tier.NEW, null);
    }

    /** The state after absence until {@code now}; a time before {@code asOf} leaves it as it is. */
    public TrustState decay(TrustState state, Instant now) {
        if (!now.isAfter(state.asOf())) {
            return state;
        }
        double balance = decayed(state, now);
        return new TrustState(balance, now, afterAbsence(state.tier(), score(balance)), state.lastSuccessAt());
    }

    /** The score of a balance, 0 to 100. */
    public double score(double balance) {
        if (policy.model() == Model.LINEAR) {
            return Math.min(100, Math.max(0, balance));
        }
        double s0 = policy.baseline();
        double k = policy.halfwaySats();
        // Rounding alone could lift either curve over its limit, and past some 1e306 sats the product is infinite.
        return balance >= 0
                ? Math.min(100, s0 + (100 - s0) * balance / (balance + k))
                : Math.min(s0, s0 * k / (k - balance));
    }

    /** The balance at which the score is this; infinite where no balance is. The inverse of {@link #score}. */
    public double balanceAt(double score) {
        if (policy.model() == Model.LINEAR) {
            return score;
        }
        double s0 = policy.baseline();
        double k = policy.halfwaySats();
        // At either end the divisor is 0, and the quotient the infinity that is meant.
        double within = Math.min(100, Math.max(0, score));
        return within >= s0 ? k * (within - s0) / (100 - within) : k - s0 * k / within;
    }

    /** What a success of so many sats adds to the balance when it happens. */
    public double successDelta(long sats) {
        return policy.creditFlat() + policy.creditPerSat() * sats;
    }

    /** What a failure adds to the balance when it happens: never more than nothing. */
    public double failureDelta(FaultReason reason, long sats) {
        double counted = policy.model() == Model.LINEAR ? 0 : sats;
        return -policy.faultMultiplier() * Math.max(policy.faultFloor(reason), counted);
    }

    /** The state after work that was paid for. */
    public TrustState success(TrustState state, long sats, Instant occurredAt) {
        TrustState then = shift(state, successDelta(sats), occurredAt);
        Tier earned = highestTier(then.balance());
        Instant last = state.lastSuccessAt();
        Instant success = last == null || occurredAt.isAfter(last) ? occurredAt : last;
        return new TrustState(then.balance(), then.asOf(), Tier.higher(then.tier(), earned), success);
    }

    /** The state after work that failed by the identity's doing. The idle clock goes on. */
    public TrustState failure(TrustState state, FaultReason reason, long sats, Instant occurredAt) {
        return adjust(state, failureDelta(reason, sats), occurredAt);
    }

    /**
     * The state after a change of the balance by hand or by reversal: upwards the tier is won as by a success,
     * downwards it is lost as by a failure. The idle clock goes on.
     */
    public TrustState adjust(TrustState state, double delta, Instant occurredAt) {
        TrustState then = shift(state, delta, occurredAt);
        Tier tier = delta > 0
                ? Tier.higher(then.tier(), highestTier(then.balance()))
                : Tier.lower(then.tier(), afterAbsence(then.tier(), score(then.balance())));
        return new TrustState(then.balance(), then.asOf(), tier, then.lastSuccessAt());
    }

    /** When absence alone will cost the tier held now; null where it never does. */
    public @Nullable Instant demotesAt(TrustState now) {
        double keep = balanceAt(policy.keepThreshold(now.tier()));
        // So it is for NEW and ANONYMOUS under every policy.
        if (keep <= neutral()) {
            return null;
        }
        double days = policy.model() == Model.LINEAR
                ? linearIdleDays(now, keep)
                : policy.halfLifeDays() * StrictMath.log(now.balance() / keep) / StrictMath.log(2);
        // Below 0 only by the rounding of a balance on the very edge.
        return days < 365_250 ? now.asOf().plus((long) (Math.max(0, days) * MICROS_PER_DAY), ChronoUnit.MICROS) : null;
    }

    /** What a delta is multiplied by: of a late event, the weight has decayed since it occurred. */
    private double weight(Instant asOf, Instant occurredAt) {
        return policy.model() == Model.LINEAR ? 1 : halving(occurredAt, asOf);
    }

    /** The highest tier whose threshold a balance reaches. */
    Tier highestTier(double balance) {
        return highest(thresholds, score(balance));
    }

    /**
     * The tier after absence. Absence only demotes, but {@code ANONYMOUS} and {@code NEW} follow the score both ways.
     */
    private Tier afterAbsence(Tier held, double score) {
        if (held.compareTo(Tier.NEW) > 0) {
            return Tier.lower(held, highest(keepThresholds, score));
        }
        return score >= newThreshold ? Tier.NEW : Tier.ANONYMOUS;
    }

    private static Tier highest(double[] thresholds, double score) {
        for (int i = thresholds.length - 1; i > 0; i--) {
            if (thresholds[i] <= score) {
                return TIERS[i];
            }
        }
        return Tier.ANONYMOUS;
    }

    private TrustState shift(TrustState state, double delta, Instant occurredAt) {
        TrustState then = decay(state, occurredAt);
        double balance = then.balance() + delta * weight(then.asOf(), occurredAt);
        return new TrustState(balance, then.asOf(), then.tier(), then.lastSuccessAt());
    }

    /** The balance towards which absence moves. */
    private double neutral() {
        return policy.model() == Model.LINEAR ? policy.baseline() : 0;
    }

    private double decayed(TrustState state, Instant now) {
        if (policy.model() == Model.BALANCE) {
            return state.balance() * halving(state.asOf(), now);
        }
        double lost = policy.decayPointsPerDay() * (idleDays(state, now) - idleDays(state, state.asOf()));
        return Math.max(Math.min(neutral(), state.balance()), state.balance() - lost);
    }

    private double halving(Instant from, Instant to) {
        return StrictMath.pow(2, -days(from, to) / policy.halfLifeDays());
    }

    /**
     * Linear only: how many days beyond the grace an identity has been idle at a time. One that never succeeded has no
     * grace, or its first success would start a decay that it did not have before, and so cost it points.
     */
    private double idleDays(TrustState state, Instant at) {
        Instant last = state.lastSuccessAt();
        return last == null ? days(state.asOf(), at) : Math.max(0, days(last, at) - policy.decayGraceDays());
    }

    private double linearIdleDays(TrustState now, double keep) {
        Instant last = now.lastSuccessAt();
        double graceLeft = last == null ? 0 : Math.max(0, policy.decayGraceDays() - days(last, now.asOf()));
        return graceLeft + (now.balance() - keep) / policy.decayPointsPerDay();
    }

    private static double days(Instant from, Instant to) {
        Duration between = Duration.between(from, to);
        return (between.getSeconds() * 1e6 + between.getNano() / 1_000.0) / MICROS_PER_DAY;
    }
}
