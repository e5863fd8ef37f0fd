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
    private final Map<PublicKey, Account> accounts = new HashMap<>();
    private final Map<Long, Reversible> originals = new HashMap<>();
    private final LongPredicate remembered;

    /** What a reversal needs of the fact that it takes back. */
    public record Reversible(double delta, Instant occurredAt) {}

    /** What a fact is worth, and balance, score and tier just before and just after it. */
    public record Scored(double delta, Entry.Mark before, Entry.Mark after) {}

    private record Change(double delta, TrustState after) {
        Change {
            // No negative zero: JSON does not tell it from zero, and the hash would.
            delta += 0.0;
        }
    }

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
        accounts.put(standing.pubkey(), new Account(standing));
    }

    /** What is known of an identity, after its facts so far; null for one never seen. */
    @Nullable
    public Standing standing(PublicKey pubkey) {
        Account account = accounts.get(pubkey);
        return account == null ? null : account.standing();
    }

    /** The model under which the latest fact of an identity was scored here; null where none was. */
    @Nullable
    public TrustModel scoredUnder(PublicKey pubkey) {
        Account account = accounts.get(pubkey);
        return account == null ? null : account.scoredUnder();
    }

    /** Forgets an identity. */
    public void forget(PublicKey pubkey) {
        accounts.remove(pubkey);
    }

    /** The identities that are known. */
    public Set<PublicKey> known() {
        return Collections.unmodifiableSet(accounts.keySet());
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
        Account account = accounts.get(fact.pubkey());
        if (account == null) {
            account = new Account(Standing.newcomer(model, fact.pubkey(), fact.occurredAt()));
            accounts.put(fact.pubkey(), account);
        }
        TrustState before = account.standing().at(model, fact.occurredAt());
        Change change = change(model, fact, before);
        account.take(fact, model, change.after());
        if (remembered.test(id)) {
            originals.put(id, new Reversible(change.delta(), fact.occurredAt()));
        }
        return new Scored(change.delta(), mark(model, before), mark(model, change.after()));
    }

    private Change change(TrustModel model, Fact fact, TrustState state) {
        Instant happened = fact.occurredAt();
        return switch (fact.kind()) {
            case SUCCESS -> new Change(model.successDelta(fact.sats()), model.success(state, fact.sats(), happened));
            case FAILURE ->
                adjust(model, state, model.failureDelta(Objects.requireNonNull(fact.reason()), fact.sats()), happened);
            case ADJUSTMENT -> adjust(model, state, (double) fact.sats(), happened);
            case REVERSAL -> {
                Reversible original = Objects.requireNonNull(originals.get(Objects.requireNonNull(fact.reverses())));
                yield adjust(model, state, -original.delta(), original.occurredAt());
            }
        };
    }

    private static Change adjust(TrustModel model, TrustState state, double delta, Instant occurredAt) {
        return new Change(delta, model.adjust(state, delta, occurredAt));
    }

    private static Entry.Mark mark(TrustModel model, TrustState state) {
        return new Entry.Mark(state.balance(), model.score(state.balance()), state.tier());
    }
}
