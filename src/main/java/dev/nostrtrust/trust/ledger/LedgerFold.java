package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.FactFold.Reversible;
import dev.nostrtrust.trust.ledger.FactFold.Scored;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.TrustModel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Scores a batch of facts without a database: updates the standings of their identities and gives each fact its
 * sequence number and hash. Pure; not thread-safe.
 */
public final class LedgerFold {
    private final TrustModel model;
    private final String policyVersion;
    private final FactFold facts = new FactFold(id -> true);
    private final List<Entry> entries = new ArrayList<>();
    private final HashChain chain;
    private long seq;
    private String hash;

    /** An unscored fact. A reversal of an entry of an earlier batch has {@code original}. */
    public record Waiting(long id, Fact fact, @Nullable Reversible original) {}

    public LedgerFold(TrustModel model, LedgerHead head, Map<PublicKey, Standing> standings) {
        this.model = model;
        this.policyVersion = model.policyVersion();
        standings.values().forEach(facts::add);
        this.chain = new HashChain(head.hash());
        this.seq = head.seq();
        this.hash = head.hash();
    }

    /** Scores one fact. The standing of its identity must have been passed to the constructor. */
    public void fold(Waiting waiting, Instant now) {
        if (facts.standing(waiting.fact().pubkey()) == null) {
            throw new IllegalStateException(
                    "missing standing of " + waiting.fact().pubkey());
        }
        Long reverses = waiting.fact().reverses();
        if (reverses != null && waiting.original() != null) {
            facts.addReversible(reverses, waiting.original());
        }
        Scored scored = facts.score(model, waiting.id(), waiting.fact());
        append(waiting, scored, now);
    }

    public List<Entry> entries() {
        return entries;
    }

    public Standing standing(PublicKey pubkey) {
        return Objects.requireNonNull(facts.standing(pubkey));
    }

    public LedgerHead head() {
        return new LedgerHead(seq, hash);
    }

    private void append(Waiting waiting, Scored scored, Instant now) {
        seq++;
        Entry draft = new Entry(
                seq,
                waiting.id(),
                waiting.fact(),
                scored.delta(),
                scored.before(),
                scored.after(),
                policyVersion,
                now,
                scored.effective(),
                "",
                "");
        Entry entry = draft.withHashes(hash, chain.append(draft));
        hash = entry.hash();
        entries.add(entry);
    }
}
