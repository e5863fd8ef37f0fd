package dev.nostrtrust.trust.model;

import dev.nostrtrust.json.Json;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A standing explained: score and tier at a moment, what the next tier takes, and when this one is lost by absence
 * alone. Pure.
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

    /** The score, rounded down to two decimals: it never shows a threshold that was not reached. */
    public double score() {
        return floor(model.score(state.balance()));
    }

    public Tier tier() {
        return standing.locked() == null ? state.tier() : standing.locked();
    }

    /**
     * What is missing to the next tier if it is paid at once.
     *
     * @return null at the highest tier, and where an operator has fixed it
     */
    public @Nullable Missing missing() {
        Tier next = standing.locked() == null ? state.tier().next() : null;
        if (next == null) {
            return null;
        }
        TrustPolicy policy = model.policy();
        double lack = model.balanceAt(policy.threshold(next)) - state.balance();
        if (policy.creditPerSat() > 0) {
            long sats = Math.max(0, (long) Math.ceil((lack - policy.creditFlat()) / policy.creditPerSat()));
            // Where the last bit of a double is against us, one sat more is the honest answer.
            boolean enough = model.highestTier(state.balance() + model.successDelta(sats))
                            .compareTo(next)
                    >= 0;
            return new Missing(next, enough ? sats : sats + 1, null);
        }
        Long payments = policy.creditFlat() > 0 ? (long) Math.ceil(lack / policy.creditFlat()) : null;
        return new Missing(next, null, payments);
    }

    /**
     * What the next tier takes.
     *
     * @param sats to be paid; null where amounts do not count
     * @param payments to be made; null where amounts count
     */
    public record Missing(
            Tier tier, @Nullable Long sats, @Nullable Long payments) {}

    /** The report on the wire. */
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
