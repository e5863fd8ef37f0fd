package dev.nostrtrust.trust.model;

import dev.nostrtrust.json.Json;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The report of a standing at a time: score, tier, the distance to the next tier, and the time at which decay alone
 * lowers the tier. Pure.
 */
public final class TrustReport {
    private final TrustModel model;
    private final Standing standing;
    private final TrustState state;

    private TrustReport(TrustModel model, Standing standing, Instant now) {
        this.model = model;
        this.standing = standing;
        this.state = standing.at(model, now);
    }

    /** The report of a standing at a time. */
    public static TrustReport of(TrustModel model, Standing standing, Instant now) {
        return new TrustReport(model, standing, now);
    }

    /** The score, rounded down to two decimals so that it never shows a threshold that was not reached. */
    public double score() {
        return floor(model.score(state.balance()));
    }

    public Tier tier() {
        return standing.locked() == null ? state.tier() : standing.locked();
    }

    /**
     * The payment that reaches the next tier now.
     *
     * @return null at the highest tier, or if an operator locked the tier
     */
    public @Nullable Missing missing() {
        Tier next = standing.locked() == null ? state.tier().next() : null;
        if (next == null) {
            return null;
        }
        TrustPolicy policy = model.policy();
        double deficit = model.balanceAt(policy.threshold(next)) - state.balance();
        if (policy.creditPerSat() > 0) {
            long sats = Math.max(0, (long) Math.ceil((deficit - policy.creditFlat()) / policy.creditPerSat()));
            // Rounding can make the amount one sat too small.
            boolean enough = model.highestTier(state.balance() + model.successDelta(sats))
                            .compareTo(next)
                    >= 0;
            return new Missing(next, enough ? sats : sats + 1, null);
        }
        Long payments = policy.creditFlat() > 0 ? (long) Math.ceil(deficit / policy.creditFlat()) : null;
        return new Missing(next, null, payments);
    }

    /**
     * The distance to the next tier.
     *
     * @param sats the amount to pay; null if the policy ignores amounts
     * @param payments the number of payments; null if the policy counts amounts
     */
    public record Missing(
            Tier tier, @Nullable Long sats, @Nullable Long payments) {}

    /** The report as JSON. */
    public Json.Obj toJson() {
        Missing missing = missing();
        Json next = missing == null
                ? Json.Null.NULL
                : Json.object()
                        .put("tier", missing.tier().code())
                        .put("sats", missing.sats())
                        .put("payments", missing.payments())
                        .build();
        return Json.object()
                .put("pubkey", standing.pubkey().hex())
                .put("npub", standing.pubkey().npub())
                .put("trust_score", score())
                .put("trust_tier", tier().code())
                .put("tier_locked", standing.locked() != null)
                .put("balance", floor(state.balance()))
                .put("interaction_count", standing.interactions())
                .put("sats_absorbed_today", standing.absorbedOn(state.asOf()))
                .put("as_of", state.asOf())
                .put("next_tier", next)
                .put("demotes_at", standing.locked() == null ? model.demotesAt(state) : null)
                .put("policy_version", model.policyVersion())
                .build();
    }

    private static double floor(double value) {
        return new BigDecimal(value).setScale(2, RoundingMode.FLOOR).doubleValue();
    }
}
