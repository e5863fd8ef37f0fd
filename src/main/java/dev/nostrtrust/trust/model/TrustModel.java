package dev.nostrtrust.trust.model;

import dev.nostrtrust.trust.model.TrustPolicy.Model;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The trust model: a signed, decaying balance. Pure. Powers and logarithms are those of {@link StrictMath}, so every
 * JDK computes the same bits. The formulas are in docs/trust-model.md.
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

    /** The version of the policy, computed once. See {@link TrustPolicy#version()}. */
    public String policyVersion() {
        return policyVersion;
    }

    /** The state of an identity without history. */
    public TrustState newcomer(Instant now) {
        return new TrustState(neutralBalance(), now, Tier.NEW, null);
    }

    /** The state after decay until {@code now}; unchanged if {@code now} is not after {@code asOf}. */
    public TrustState decay(TrustState state, Instant now) {
        if (!now.isAfter(state.asOf())) {
            return state;
        }
        double balance = decayed(state, now);
        return new TrustState(balance, now, tierAfterDecay(state.tier(), score(balance)), state.lastSuccessAt());
    }

    /** The score of a balance, 0 to 100. */
    public double score(double balance) {
        if (policy.model() == Model.LINEAR) {
            return Math.min(100, Math.max(0, balance));
        }
        double baseline = policy.baseline();
        double halfway = policy.halfwaySats();
        // Rounding can exceed the limit of either curve, and above about 1e306 sats the product is infinite.
        return balance >= 0
                ? Math.min(100, baseline + (100 - baseline) * balance / (balance + halfway))
                : Math.min(baseline, baseline * halfway / (halfway - balance));
    }

    /** The inverse of {@link #score}: the balance of a score; infinite if no balance has this score. */
    public double balanceAt(double score) {
        if (policy.model() == Model.LINEAR) {
            return score;
        }
        double baseline = policy.baseline();
        double halfway = policy.halfwaySats();
        // At 0 and at 100 the divisor is 0 and the result is infinite.
        double clamped = Math.min(100, Math.max(0, score));
        return clamped >= baseline
                ? halfway * (clamped - baseline) / (100 - clamped)
                : halfway - baseline * halfway / clamped;
    }

    /** The change of the balance by a success of this amount, before decay. */
    public double successDelta(long sats) {
        return policy.creditFlat() + policy.creditPerSat() * sats;
    }

    /** The change of the balance by a failure, before decay: 0 or negative. */
    public double failureDelta(FaultReason reason, long sats) {
        double loss = policy.model() == Model.LINEAR ? 0 : sats;
        return -policy.faultMultiplier() * Math.max(policy.faultFloor(reason), loss);
    }

    /** The state after paid work. */
    public TrustState success(TrustState state, long sats, Instant occurredAt) {
        TrustState changed = addDelta(state, successDelta(sats), occurredAt);
        Tier earned = highestTier(changed.balance());
        Instant last = state.lastSuccessAt();
        Instant success = last == null || occurredAt.isAfter(last) ? occurredAt : last;
        return new TrustState(changed.balance(), changed.asOf(), Tier.higher(changed.tier(), earned), success);
    }

    /** The state after a failure. A failure does not reset the idle time. */
    public TrustState failure(TrustState state, FaultReason reason, long sats, Instant occurredAt) {
        return adjust(state, failureDelta(reason, sats), occurredAt);
    }

    /**
     * The state after an adjustment or a reversal. A positive change can raise the tier as a success does; a negative
     * change can lower it as a failure does. Neither resets the idle time.
     */
    public TrustState adjust(TrustState state, double delta, Instant occurredAt) {
        TrustState changed = addDelta(state, delta, occurredAt);
        Tier tier = delta > 0
                ? Tier.higher(changed.tier(), highestTier(changed.balance()))
                : Tier.lower(changed.tier(), tierAfterDecay(changed.tier(), score(changed.balance())));
        return new TrustState(changed.balance(), changed.asOf(), tier, changed.lastSuccessAt());
    }

    /**
     * The time at which decay alone lowers the tier; null if it never does, or not within a thousand years.
     *
     * @param state may be older than its tier, if nothing but decay happened since
     */
    public @Nullable Instant demotesAt(TrustState state) {
        double keep = balanceAt(policy.keepThreshold(state.tier()));
        // Always true for NEW and ANONYMOUS.
        if (keep <= neutralBalance()) {
            return null;
        }
        double days = policy.model() == Model.LINEAR
                ? linearDaysToDemotion(state, keep)
                : policy.halfLifeDays() * StrictMath.log(state.balance() / keep) / StrictMath.log(2);
        if (!(days < 365_250)) {
            return null;
        }
        // A balance exactly at the threshold can make this negative by rounding. At most a millisecond early, never
        // late.
        Instant at = state.asOf()
                .plus((long) (Math.max(0, days) * MICROS_PER_DAY), ChronoUnit.MICROS)
                .truncatedTo(ChronoUnit.MILLIS);
        return at.isBefore(state.asOf()) ? state.asOf() : at;
    }

    /** The factor of a delta: the delta of a late event decays from the time of the event. */
    private double weight(Instant asOf, Instant occurredAt) {
        return policy.model() == Model.LINEAR ? 1 : decayFactor(occurredAt, asOf);
    }

    /** The highest tier whose threshold this balance reaches. */
    Tier highestTier(double balance) {
        return highest(thresholds, score(balance));
    }

    /**
     * The tier after decay. Decay only lowers a tier, except that {@code ANONYMOUS} and {@code NEW} follow the score in
     * both directions.
     */
    private Tier tierAfterDecay(Tier current, double score) {
        if (current.compareTo(Tier.NEW) > 0) {
            return Tier.lower(current, highest(keepThresholds, score));
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

    private TrustState addDelta(TrustState state, double delta, Instant occurredAt) {
        TrustState changed = decay(state, occurredAt);
        double balance = changed.balance() + delta * weight(changed.asOf(), occurredAt);
        return new TrustState(balance, changed.asOf(), changed.tier(), changed.lastSuccessAt());
    }

    /** The balance that decay approaches. */
    private double neutralBalance() {
        return policy.model() == Model.LINEAR ? policy.baseline() : 0;
    }

    private double decayed(TrustState state, Instant now) {
        if (policy.model() == Model.BALANCE) {
            return state.balance() * decayFactor(state.asOf(), now);
        }
        double lostPoints = policy.decayPointsPerDay() * (idleDays(state, now) - idleDays(state, state.asOf()));
        return Math.max(Math.min(neutralBalance(), state.balance()), state.balance() - lostPoints);
    }

    private double decayFactor(Instant from, Instant to) {
        return StrictMath.pow(2, -days(from, to) / policy.halfLifeDays());
    }

    /**
     * Linear model only: the idle days after the grace period. Without a success there is no grace period; otherwise a
     * first success would start a new decay and cost points.
     */
    private double idleDays(TrustState state, Instant at) {
        Instant last = state.lastSuccessAt();
        return last == null ? days(state.asOf(), at) : Math.max(0, days(last, at) - policy.decayGraceDays());
    }

    private double linearDaysToDemotion(TrustState now, double keep) {
        Instant last = now.lastSuccessAt();
        double graceLeft = last == null ? 0 : Math.max(0, policy.decayGraceDays() - days(last, now.asOf()));
        return graceLeft + (now.balance() - keep) / policy.decayPointsPerDay();
    }

    private static double days(Instant from, Instant to) {
        Duration between = Duration.between(from, to);
        return (between.getSeconds() * 1e6 + between.getNano() / 1_000.0) / MICROS_PER_DAY;
    }
}
