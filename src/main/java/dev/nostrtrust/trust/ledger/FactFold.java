package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustState;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Scores facts in order and updates the standings of their identities. A server and a replay share this code. An
 * unknown identity begins as a newcomer. Pure; not thread-safe.
 */
public final class FactFold {
    private final Map<PublicKey, Standing> standings = new HashMap<>();
    private final Map<PublicKey, TrustModel> models = new HashMap<>();
    private final Map<Long, Reversible> reversibles = new HashMap<>();
    private final LongPredicate reversible;

    /** The values of a fact that its reversal needs. */
    public record Reversible(double delta, Instant occurredAt) {}

    /** The delta of a fact, the state before and after it, and the tier that counts after it. */
    public record Scored(double delta, Entry.Mark before, Entry.Mark after, EffectiveTier effective) {}

    /**
     * Creates a fold without standings.
     *
     * @param reversible whether a later fact may reverse the fact with this id
     */
    public FactFold(LongPredicate reversible) {
        this.reversible = reversible;
    }

    /** Adds the standing of an identity. */
    public void add(Standing standing) {
        standings.put(standing.pubkey(), standing);
    }

    /** The standing of an identity after its facts so far; null for an unknown identity. */
    @Nullable
    public Standing standing(PublicKey pubkey) {
        return standings.get(pubkey);
    }

    /** The model that scored the latest fact of an identity; null if no fact was scored here. */
    @Nullable
    public TrustModel lastModel(PublicKey pubkey) {
        return models.get(pubkey);
    }

    /** Removes an identity. */
    public void remove(PublicKey pubkey) {
        standings.remove(pubkey);
        models.remove(pubkey);
    }

    /** The identities with a standing. */
    public Set<PublicKey> identities() {
        return Collections.unmodifiableSet(standings.keySet());
    }

    /** Adds a fact that was scored earlier, so that a reversal of it can be scored. */
    void addReversible(long id, Reversible original) {
        reversibles.put(id, original);
    }

    /** Whether a reversal of the fact with this id can be scored. */
    public boolean canReverse(long id) {
        return reversibles.containsKey(id);
    }

    /** Scores one fact. The original of a reversal must have been added or scored before. */
    public Scored score(TrustModel model, long id, Fact fact) {
        Standing standing = standings.get(fact.pubkey());
        if (standing == null) {
            standing = Standing.newcomer(model, fact.pubkey(), fact.occurredAt());
        }
        TrustState before = standing.at(model, fact.occurredAt());
        double delta = delta(model, fact);
        TrustState after = after(model, fact, before, delta);
        Standing changed = standing.after(fact, after);
        standings.put(fact.pubkey(), changed);
        models.put(fact.pubkey(), model);
        // Avoids negative zero: JSON writes it as 0, and the hash would differ.
        double normalized = delta + 0.0;
        if (reversible.test(id)) {
            reversibles.put(id, new Reversible(normalized, fact.occurredAt()));
        }
        return new Scored(
                normalized, mark(model, before), mark(model, after), changed.effectiveAt(model, after.asOf()));
    }

    private double delta(TrustModel model, Fact fact) {
        return switch (fact.kind()) {
            case SUCCESS -> model.successDelta(fact.sats());
            case FAILURE -> model.failureDelta(Objects.requireNonNull(fact.reason()), fact.sats());
            case ADJUSTMENT -> fact.sats();
            case LOCK, UNLOCK, BLOCK, UNBLOCK, ERASE -> 0;
            case REVERSAL -> -original(fact).delta();
        };
    }

    private TrustState after(TrustModel model, Fact fact, TrustState before, double delta) {
        return switch (fact.kind()) {
            case SUCCESS -> model.success(before, fact.sats(), fact.occurredAt());
            case FAILURE, ADJUSTMENT, LOCK, UNLOCK, BLOCK, UNBLOCK, ERASE ->
                model.adjust(before, delta, fact.occurredAt());
            case REVERSAL -> model.adjust(before, delta, original(fact).occurredAt());
        };
    }

    private Reversible original(Fact reversal) {
        return Objects.requireNonNull(reversibles.get(Objects.requireNonNull(reversal.reverses())));
    }

    private static Entry.Mark mark(TrustModel model, TrustState state) {
        return new Entry.Mark(state.balance(), model.score(state.balance()), state.tier());
    }
}
