package dev.nostrtrust.trust.model;

import dev.nostrtrust.nostr.PublicKey;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * The stored trust of one identity.
 *
 * @param interactions the number of scored successes and failures
 * @param absorbedToday the sats that the operator paid for the identity on the day {@code absorbedOn}
 * @param absorbedOn the UTC day of the latest fact; null without history
 * @param locked the tier that an operator locked; null if the model decides
 * @param blocked whether an operator blocked the identity
 */
public record Standing(
        PublicKey pubkey,
        TrustState state,
        long interactions,
        long absorbedToday,
        @Nullable LocalDate absorbedOn,
        @Nullable Tier locked,
        boolean blocked) {

    /** The standing of an identity without a scored fact. */
    public static Standing newcomer(TrustModel model, PublicKey pubkey, Instant now) {
        return new Standing(pubkey, model.newcomer(now), 0, 0, null, null, false);
    }

    /** Whether a fact was scored. */
    boolean hasHistory() {
        return absorbedOn != null;
    }

    /**
     * The state at a time, with decay. An identity without history has the state of a newcomer under the current
     * policy, so the ledger alone decides every state.
     */
    public TrustState at(TrustModel model, Instant now) {
        return hasHistory() ? model.decay(state, now) : model.newcomer(now);
    }

    /** The tier at a time: the locked tier, or the tier of the model with decay. */
    public Tier tierAt(TrustModel model, Instant now) {
        return locked == null ? at(model, now).tier() : locked;
    }

    /** The tier at a time, with lock, block and the time of its decay. */
    public EffectiveTier effectiveAt(TrustModel model, Instant now) {
        Tier tier = tierAt(model, now);
        if (locked != null || !hasHistory()) {
            return new EffectiveTier(tier, blocked, null);
        }
        // From the stored balance, because the decayed one differs by rounding at each moment.
        TrustState lowered = new TrustState(state.balance(), state.asOf(), tier, state.lastSuccessAt());
        return new EffectiveTier(tier, blocked, model.demotesAt(lowered));
    }

    /** The sats absorbed on the UTC day of this time. */
    public long absorbedOn(Instant now) {
        return day(now).equals(absorbedOn) ? absorbedToday : 0;
    }

    /** This standing after one fact. A late fact does not change the sats absorbed on a later day. */
    public Standing after(Fact fact, TrustState newState) {
        boolean isInteraction = fact.kind() == FactKind.SUCCESS || fact.kind() == FactKind.FAILURE;
        LocalDate day = day(fact.occurredAt());
        boolean newDay = absorbedOn == null || day.isAfter(absorbedOn);
        long absorbed = newDay
                ? fact.satsAbsorbed()
                : day.equals(absorbedOn) ? saturatedSum(absorbedToday, fact.satsAbsorbed()) : absorbedToday;
        return new Standing(
                pubkey,
                newState,
                interactions + (isInteraction ? 1 : 0),
                absorbed,
                newDay ? day : absorbedOn,
                lockedAfter(fact),
                fact.kind() == FactKind.BLOCK || (blocked && fact.kind() != FactKind.UNBLOCK));
    }

    private @Nullable Tier lockedAfter(Fact fact) {
        return switch (fact.kind()) {
            case LOCK -> fact.lockedTier();
            case UNLOCK -> null;
            default -> locked;
        };
    }

    /** The sum of two non-negative amounts, limited to {@link Long#MAX_VALUE}. */
    private static long saturatedSum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    private static LocalDate day(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC);
    }
}
