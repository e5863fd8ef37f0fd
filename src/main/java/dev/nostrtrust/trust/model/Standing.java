package dev.nostrtrust.trust.model;

import dev.nostrtrust.nostr.PublicKey;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of an identity's trust.
 *
 * @param interactions how many successes and failures were scored
 * @param absorbedToday sats that the operator paid for the identity on the day {@code absorbedOn}
 * @param absorbedOn the UTC day of the latest fact; null where none was ever scored
 * @param locked the tier that an operator fixed; null where the model decides
 */
public record Standing(
        PublicKey pubkey,
        TrustState state,
        long interactions,
        long absorbedToday,
        @Nullable LocalDate absorbedOn,
        @Nullable Tier locked) {

    /** What an identity has that was never seen, or of which no fact was scored yet. */
    public static Standing newcomer(TrustModel model, PublicKey pubkey, Instant now) {
        return new Standing(pubkey, model.newcomer(now), 0, 0, null, null);
    }

    /** Whether any fact was scored. */
    boolean hasHistory() {
        return absorbedOn != null;
    }

    /**
     * The state at a time: after absence; without history, that of a newcomer under the policy in force, whatever was
     * in force when the identity was first seen. So the ledger alone decides every state.
     */
    public TrustState at(TrustModel model, Instant now) {
        return hasHistory() ? model.decay(state, now) : model.newcomer(now);
    }

    /** The tier that counts at a time: the locked one, or the model's after absence. */
    public Tier tierAt(TrustModel model, Instant now) {
        return locked == null ? at(model, now).tier() : locked;
    }

    /** What was absorbed on the UTC day of this time. */
    public long absorbedOn(Instant now) {
        return day(now).equals(absorbedOn) ? absorbedToday : 0;
    }

    /** This standing after one fact: a late fact of an earlier day no longer counts for the day. */
    public Standing after(Fact fact, TrustState newState) {
        boolean counts = fact.kind() == FactKind.SUCCESS || fact.kind() == FactKind.FAILURE;
        LocalDate day = day(fact.occurredAt());
        boolean newDay = absorbedOn == null || day.isAfter(absorbedOn);
        long absorbed = newDay
                ? fact.satsAbsorbed()
                : day.equals(absorbedOn) ? saturated(absorbedToday, fact.satsAbsorbed()) : absorbedToday;
        return new Standing(
                pubkey, newState, interactions + (counts ? 1 : 0), absorbed, newDay ? day : absorbedOn, locked);
    }

    /** The sum of two amounts that are not negative; a sum beyond all counting is the most that can be counted. */
    private static long saturated(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    private static LocalDate day(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC);
    }
}
