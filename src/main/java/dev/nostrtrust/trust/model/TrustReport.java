package dev.nostrtrust.trust.model;

import dev.nostrtrust.json.Json;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The report of a standing at a time: score, effective tier, the distance to the next tier, and the time at which decay
 * alone lowers the tier. Pure.
 */
public final class TrustReport {
    private static final Duration PROMISE = Duration.ofDays(1);

    private final TrustModel model;
    private final Standing standing;
    private final TrustState state;
    private final EffectiveTier effective;

    private TrustReport(TrustModel model, Standing standing, Instant now) {
        this.model = model;
        this.standing = standing;
        this.state = standing.at(model, now);
        this.effective = standing.effectiveAt(model, now);
    }

    /** The report of a standing at a time. */
    public static TrustReport of(TrustModel model, Standing standing, Instant now) {
        return new TrustReport(model, standing, now);
    }

    /** The score, rounded down to two decimals so that it never shows a threshold that was not reached. */
    public double score() {
        return floor(model.score(state.balance()));
    }

    /** The balance, in sats or points. */
    public double balance() {
        return state.balance();
    }

    /** The tier with lock and block. */
    public EffectiveTier effective() {
        return effective;
    }

    /**
     * The payment that reaches the next tier, whenever it is made within a day, if nothing else happens.
     *
     * @return null at the highest tier, or if an operator locked the tier
     */
    public @Nullable Missing missing() {
        Tier next = standing.locked() == null ? state.tier().next() : null;
        if (next == null) {
            return null;
        }
        TrustPolicy policy = model.policy();
        Instant validUntil = state.asOf().plus(PROMISE);
        // Absence moves a balance in one direction, so it is lowest at one end.
        double lowest = Math.min(state.balance(), model.decay(state, validUntil).balance());
        double deficit = model.balanceAt(policy.threshold(next)) - lowest;
        if (policy.creditPerSat() > 0) {
            long sats = Math.max(0, (long) Math.ceil((deficit - policy.creditFlat()) / policy.creditPerSat()));
            // Rounding can make the amount one sat too small.
            boolean enough =
                    model.highestTier(lowest + model.successDelta(sats)).compareTo(next) >= 0;
            return new Missing(next, enough ? sats : sats + 1, null, validUntil);
        }
        Long payments = policy.creditFlat() > 0 ? (long) Math.ceil(deficit / policy.creditFlat()) : null;
        return new Missing(next, null, payments, validUntil);
    }

    /**
     * The distance to the next tier.
     *
     * @param sats the amount to pay; null if the policy ignores amounts
     * @param payments the number of payments; null if the policy counts amounts
     * @param validUntil until when the distance holds: decay until then is counted in
     */
    public record Missing(
            Tier tier, @Nullable Long sats, @Nullable Long payments, Instant validUntil) {}

    /** The report as JSON. */
    public Json.Obj toJson() {
        Missing missing = missing();
        Json next = missing == null
                ? Json.Null.NULL
                : Json.object()
                        .put("tier", missing.tier().code())
                        .put("sats", missing.sats())
                        .put("payments", missing.payments())
                        .put("valid_until", missing.validUntil())
                        .build();
        return effective
                .addTo(Json.object()
                        .put("pubkey", standing.pubkey().hex())
                        .put("npub", standing.pubkey().npub())
                        .put("trust_score", score()))
                .put("tier_locked", standing.locked() != null)
                .put("balance", floor(state.balance()))
                .put("interaction_count", standing.interactions())
                .put("sats_absorbed_today", standing.absorbedOn(state.asOf()))
                .put("as_of", state.asOf())
                .put("next_tier", next)
                .put("demotes_at", effective.until())
                .put("policy_version", model.policyVersion())
                .build();
    }

    private static double floor(double value) {
        return new BigDecimal(value).setScale(2, RoundingMode.FLOOR).doubleValue();
    }
}
