package dev.nostrtrust.trust;

import dev.nostrtrust.nostr.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Folds facts over the standings of their identities, one after another: this is scoring, without a database. Pure; one
 * thread, one batch.
 */
final class LedgerFold {
    private final TrustModel model;
    private final String policyVersion;
    private final Map<PublicKey, Standing> standings;
    private final Map<Long, Reversible> reversible = new HashMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private long seq;
    private String hash;

    /** What a reversal needs of the fact that it takes back. */
    record Reversible(double delta, Instant occurredAt) {}

    /** A fact that waits for its score; {@code original} is there for a reversal of an entry scored earlier. */
    record Waiting(long id, Fact fact, @Nullable Reversible original) {}

    /** What a fact is worth, and the state that it leads to. */
    private record Change(double delta, TrustState after) {
        Change {
            // No negative zero: JSON does not tell it from zero, and the hash would.
            delta += 0.0;
        }
    }

    LedgerFold(TrustModel model, Head head, Map<PublicKey, Standing> standings) {
        this.model = model;
        this.policyVersion = model.policy().version();
        this.standings = new HashMap<>(standings);
        this.seq = head.seq();
        this.hash = head.hash();
    }

    /** Scores one fact, whose identity's standing has to be known. */
    void fold(Waiting waiting, Instant now) {
        Fact fact = waiting.fact();
        Standing standing = standings.get(fact.pubkey());
        if (standing == null) {
            throw new IllegalStateException("no standing of " + fact.pubkey());
        }
        TrustState before = model.decay(standing.state(), fact.occurredAt());
        Change change = change(waiting, before);
        standings.put(fact.pubkey(), standing.after(fact, change.after()));
        reversible.put(waiting.id(), new Reversible(change.delta(), fact.occurredAt()));
        append(waiting, change.delta(), mark(before), mark(change.after()), now);
    }

    List<Entry> entries() {
        return entries;
    }

    Standing standing(PublicKey pubkey) {
        return Objects.requireNonNull(standings.get(pubkey));
    }

    Head head() {
        return new Head(seq, hash);
    }

    private Change change(Waiting waiting, TrustState state) {
        Fact fact = waiting.fact();
        Instant happened = fact.occurredAt();
        return switch (fact.kind()) {
            case SUCCESS -> new Change(model.successDelta(fact.sats()), model.success(state, fact.sats(), happened));
            case FAILURE ->
                adjust(state, model.failureDelta(Objects.requireNonNull(fact.reason()), fact.sats()), happened);
            case ADJUSTMENT -> adjust(state, (double) fact.sats(), happened);
            case REVERSAL ->
                adjust(state, -original(waiting).delta(), original(waiting).occurredAt());
        };
    }

    private Change adjust(TrustState state, double delta, Instant occurredAt) {
        return new Change(delta, model.adjust(state, delta, occurredAt));
    }

    private Reversible original(Waiting waiting) {
        Reversible inThisBatch =
                reversible.get(Objects.requireNonNull(waiting.fact().reverses()));
        return inThisBatch == null ? Objects.requireNonNull(waiting.original()) : inThisBatch;
    }

    private void append(Waiting waiting, double delta, Entry.Mark before, Entry.Mark after, Instant now) {
        seq++;
        Entry draft = new Entry(seq, waiting.id(), waiting.fact(), delta, before, after, policyVersion, now, hash, "");
        Entry entry = Entry.chained(draft, hash);
        hash = entry.hash();
        entries.add(entry);
    }

    private Entry.Mark mark(TrustState state) {
        return new Entry.Mark(state.balance(), model.score(state.balance()), state.tier());
    }
}
