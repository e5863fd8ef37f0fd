package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustState;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * The standing of one identity while facts are folded over it, changed in place. It is flat, and refers to nothing that
 * changes: a fold over many identities waits for memory more than for anything else. One thread.
 */
final class Account {
    private static final long NEVER = Long.MIN_VALUE;

    private final PublicKey pubkey;
    private final @Nullable Tier locked;
    private double balance;
    private long asOf;
    private Tier tier = Tier.NEW;
    private long lastSuccess;
    private long interactions;
    private long absorbedToday;
    private long absorbedOnDay;
    private @Nullable TrustModel scoredUnder;

    Account(Standing standing) {
        this.pubkey = standing.pubkey();
        this.locked = standing.locked();
        become(standing);
    }

    private void become(Standing standing) {
        TrustState state = standing.state();
        balance = state.balance();
        asOf = EpochMicros.of(state.asOf());
        tier = state.tier();
        Instant success = state.lastSuccessAt();
        lastSuccess = success == null ? NEVER : EpochMicros.of(success);
        interactions = standing.interactions();
        absorbedToday = standing.absorbedToday();
        LocalDate day = standing.absorbedOn();
        absorbedOnDay = day == null ? NEVER : day.toEpochDay();
    }

    /** Takes a fact in that was scored under a model. */
    void take(Fact fact, TrustModel model, TrustState after) {
        become(standing().after(fact, after));
        scoredUnder = model;
    }

    Standing standing() {
        Instant success = lastSuccess == NEVER ? null : EpochMicros.time(lastSuccess);
        TrustState state = new TrustState(balance, EpochMicros.time(asOf), tier, success);
        LocalDate day = absorbedOnDay == NEVER ? null : LocalDate.ofEpochDay(absorbedOnDay);
        return new Standing(pubkey, state, interactions, absorbedToday, day, locked);
    }

    /** The model of the latest fact taken in; null where none was. */
    @Nullable
    TrustModel scoredUnder() {
        return scoredUnder;
    }
}
