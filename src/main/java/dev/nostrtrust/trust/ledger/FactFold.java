package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.nostr.PublicKey;
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
 * Scores facts one after another over the standings of their identities, each under a model of its own: the part of
 * scoring that a server and a replay share. An identity that is not known begins as a newcomer. Pure; one thread.
 */
public final class FactFold {
    private final Map<PublicKey, Standing> standings = new HashMap<>();
    private final Map<PublicKey, TrustModel> models = new HashMap<>();
    private final Map<Long, Reversible> originals = new HashMap<>();
    private final LongPredicate remembered;

    /** What a reversal needs of the fact that it takes back. */
    public record Reversible(double delta, Instant occurredAt) {}

    /** What a fact is worth, and balance, score and tier just before and just after it. */
    public record Scored(double delta, Entry.Mark before, Entry.Mark after) {}

    /**
     * Begins without standings.
     *
     * @param remembered tells by their ids the facts that a later one may reverse
     */
    public FactFold(LongPredicate remembered) {
        this.remembered = remembered;
    }

    /** Makes a standing known. */
    public void stand(Standing standing) {
        standings.put(standing.pubkey(), standing);
    }

    /** What is known of an identity, after its facts so far; null for one never seen. */
    @Nullable
    public Standing standing(PublicKey pubkey) {
        return standings.get(pubkey);
    }

    /** The model under which the latest fact of an identity was scored here; null where none was. */
    @Nullable
    public TrustModel scoredUnder(PublicKey pubkey) {
        return models.get(pubkey);
    }

    /** Forgets an identity. */
    public void forget(PublicKey pubkey) {
        standings.remove(pubkey);
        models.remove(pubkey);
    }

    /** The identities that are known. */
    public Set<PublicKey> known() {
        return Collections.unmodifiableSet(standings.keySet());
    }

    /** Makes a fact known that was scored elsewhere, so that it can be reversed. */
    void remember(long id, Reversible original) {
        originals.put(id, original);
    }

    /** Whether the fact with this id can be reversed. */
    public boolean remembers(long id) {
        return originals.containsKey(id);
    }

    /** Scores one fact; the original of a reversal has to be known. */
    public Scored score(TrustModel model, long id, Fact fact) {
        Standing standing = standings.get(fact.pubkey());
        if (standing == null) {
            standing = Standing.newcomer(model, fact.pubkey(), fact.occurredAt());
        }
        TrustState before = standing.at(model, fact.occurredAt());
        double delta = delta(model, fact);
        TrustState after = after(model, fact, before, delta);
        standings.put(fact.pubkey(), standing.after(fact, after));
        models.put(fact.pubkey(), model);
        // No negative zero: JSON writes it as 0, and the hash would differ.
        double written = delta + 0.0;
        if (remembered.test(id)) {
            originals.put(id, new Reversible(written, fact.occurredAt()));
        }
        return new Scored(written, mark(model, before), mark(model, after));
    }

    private double delta(TrustModel model, Fact fact) {
        return switch (fact.kind()) {
            case SUCCESS -> model.successDelta(fact.sats());
            case FAILURE -> model.failureDelta(Objects.requireNonNull(fact.reason()), fact.sats());
            case ADJUSTMENT -> fact.sats();
            case REVERSAL -> -original(fact).delta();
        };
    }

    private TrustState after(TrustModel model, Fact fact, TrustState before, double delta) {
        return switch (fact.kind()) {
            case SUCCESS -> model.success(before, fact.sats(), fact.occurredAt());
            case FAILURE, ADJUSTMENT -> model.adjust(before, delta, fact.occurredAt());
            case REVERSAL -> model.adjust(before, delta, original(fact).occurredAt());
        };
    }

    private Reversible original(Fact reversal) {
        return Objects.requireNonNull(originals.get(Objects.requireNonNull(reversal.reverses())));
    }

    private static Entry.Mark mark(TrustModel model, TrustState state) {
        return new Entry.Mark(state.balance(), model.score(state.balance()), state.tier());
    }
}
