package dev.nostrtrust.trust.replay;

import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.FactFold;
import dev.nostrtrust.trust.ledger.FactFold.Scored;
import dev.nostrtrust.trust.ledger.HashChain;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustState;
import dev.nostrtrust.trust.replay.LedgerReader.StoredStanding;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Scores the whole ledger recomputed, each entry under its own policy, and compares every stored bit with the result.
 * Pass all entries in order, then the head, then all identities, then call {@link #end}. Each of these methods throws
 * {@link Divergence} at the first difference. Memory: one standing for each identity, and a few bytes for each
 * reversal. Pure; not thread-safe.
 */
public final class Replay {
    private static final String HASH_MATCHES = "The hash of the entry matches the stored data";
    private static final String HASH_DIFFERS =
            "The hash of the entry does not match the stored data: the entry was changed after it was scored";

    private final KeptPolicies policies;
    private final FactFold facts;
    private final HashChain chain = new HashChain(LedgerHead.EMPTY.hash());
    private final @Nullable LedgerHead expected;
    private long seq = LedgerHead.EMPTY.seq();
    private String hash = LedgerHead.EMPTY.hash();
    private long identities;
    private long uncompared;

    /**
     * Creates a replay with an empty ledger.
     *
     * @param policies the canonical forms of all policies by version
     * @param reversed the ids of all facts that an entry reverses
     * @param expected a head of the ledger from another source; null for none
     */
    public Replay(Map<String, String> policies, Set<Long> reversed, @Nullable LedgerHead expected) {
        this.policies = new KeptPolicies(policies);
        this.facts = new FactFold(reversed::contains);
        this.expected = expected;
    }

    /** Checks the next entry. */
    public void entry(Entry stored) {
        Supplier<String> where = stored::label;
        checkSequence(stored);
        Divergence.requireSame(where, "prev_hash", stored.prevHash(), hash);
        try {
            score(stored, where);
        } catch (Divergence e) {
            throw e.withHint(chain.hash(stored).equals(stored.hash()) ? HASH_MATCHES : HASH_DIFFERS);
        }
        Divergence.requireSame(where, "hash", stored.hash(), chain.append(stored));
        seq = stored.seq();
        hash = stored.hash();
        if (expected != null && expected.seq() == seq && !expected.hash().equals(hash)) {
            throw new Divergence(where.get() + ", hash: stored is " + hash + ", expected " + expected.hash());
        }
    }

    /** Checks the head, after the last entry. */
    public void head(@Nullable LedgerHead stored) {
        if (stored == null) {
            throw new Divergence("trust_head has no row");
        }
        Divergence.requireSame(() -> "trust_head", "seq", stored.seq(), seq);
        Divergence.requireSame(() -> "trust_head", "hash", stored.hash(), hash);
        if (expected != null && expected.seq() > seq) {
            throw new Divergence("the ledger ends with entry " + seq + ", before the expected head " + expected);
        }
    }

    /** Checks an identity, after the head. Identities may come in any order. */
    public void identity(StoredStanding stored) {
        identities++;
        Supplier<String> where = stored::label;
        PublicKey pubkey = stored.standing().pubkey();
        Standing recomputed = facts.standing(pubkey);
        TrustModel model = facts.lastModel(pubkey);
        facts.remove(pubkey);
        if (recomputed != null && model != null) {
            compareNumbers(where, stored, recomputed.state(), model);
            compareState(where, stored.standing(), recomputed);
            Divergence.requireSame(where, "policy_version", stored.policyVersion(), model.policyVersion());
            return;
        }
        // Only policies that scored a fact are stored. The stored state of a
        // newcomer under another policy is never read.
        TrustModel first =
                policies.contains(stored.policyVersion()) ? policies.model(where, stored.policyVersion()) : null;
        TrustState initial = new TrustState(0, stored.createdAt(), Tier.NEW, null);
        if (first == null) {
            uncompared++;
        } else {
            initial = first.newcomer(stored.createdAt());
            compareNumbers(where, stored, initial, first);
        }
        compareState(where, stored.standing(), new Standing(pubkey, initial, 0, 0, null, null, false));
    }

    /** Checks that every identity of the ledger was passed, and that all policies are valid. */
    public void end() {
        if (!facts.identities().isEmpty()) {
            PublicKey first = new TreeSet<>(facts.identities()).first();
            throw new Divergence("identity " + first.hex() + " has entries in the ledger and no row");
        }
        policies.check();
    }

    /** The head after the last entry so far. */
    public LedgerHead head() {
        return new LedgerHead(seq, hash);
    }

    /** The number of identities checked. */
    public long identities() {
        return identities;
    }

    /**
     * The number of identities whose balance and score were not compared: they have no history, and their policy is not
     * stored.
     */
    public long uncompared() {
        return uncompared;
    }

    /** The number of stored policies. */
    public int policies() {
        return policies.count();
    }

    private void checkSequence(Entry stored) {
        long next = seq + 1;
        if (stored.seq() != next) {
            throw new Divergence("entry " + next + " is missing: after entry " + seq + " comes "
                    + stored.label().substring("entry ".length()));
        }
    }

    private void score(Entry stored, Supplier<String> where) {
        Fact fact = stored.fact();
        TrustModel model = policies.model(where, stored.policyVersion());
        if (fact.kind() == FactKind.REVERSAL && (fact.reverses() == null || !facts.canReverse(fact.reverses()))) {
            throw new Divergence(where.get() + ", reverses: no entry before it has the id " + fact.reverses());
        }
        if (fact.kind() == FactKind.FAILURE && fact.reason() == null) {
            throw new Divergence(where.get() + ", reason: a failure must have a reason");
        }
        if ((fact.kind() == FactKind.LOCK) != (fact.lockedTier() != null)) {
            throw new Divergence(where.get() + ", locked_tier: a lock, and nothing else, must have a tier");
        }
        Scored recomputed = facts.score(model, stored.id(), fact);
        Divergence.requireSameBits(where, "delta", stored.delta(), recomputed.delta());
        compareMarks(where, "_before", stored.before(), recomputed.before());
        compareMarks(where, "_after", stored.after(), recomputed.after());
        compareEffective(where, stored, recomputed.effective());
    }

    /** Entries of the first form have no effective tier. */
    private static void compareEffective(Supplier<String> where, Entry entry, EffectiveTier recomputed) {
        EffectiveTier stored = entry.effective();
        if (stored != null) {
            Divergence.requireSame(
                    where, "trust_tier", stored.tier().code(), recomputed.tier().code());
            Divergence.requireSame(where, "blocked", stored.blocked(), recomputed.blocked());
            Divergence.requireSame(where, "tier_until", stored.until(), recomputed.until());
        }
    }

    private static void compareMarks(Supplier<String> where, String when, Entry.Mark stored, Entry.Mark recomputed) {
        if (stored.equals(recomputed)) {
            return;
        }
        Divergence.requireSameBits(where, "balance" + when, stored.balance(), recomputed.balance());
        Divergence.requireSameBits(where, "score" + when, stored.score(), recomputed.score());
        Divergence.requireSame(
                where, "tier" + when, stored.tier().code(), recomputed.tier().code());
    }

    private static void compareNumbers(
            Supplier<String> where, StoredStanding stored, TrustState recomputed, TrustModel model) {
        Divergence.requireSameBits(where, "balance", stored.standing().state().balance(), recomputed.balance());
        Divergence.requireSameBits(where, "trust_score", stored.score(), model.score(recomputed.balance()));
    }

    private static void compareState(Supplier<String> where, Standing stored, Standing recomputed) {
        TrustState state = recomputed.state();
        Divergence.requireSame(where, "balance_as_of", stored.state().asOf(), state.asOf());
        Divergence.requireSame(
                where, "tier", stored.state().tier().code(), state.tier().code());
        Divergence.requireSame(where, "last_success_at", stored.state().lastSuccessAt(), state.lastSuccessAt());
        Divergence.requireSame(where, "interaction_count", stored.interactions(), recomputed.interactions());
        Divergence.requireSame(where, "sats_absorbed_today", stored.absorbedToday(), recomputed.absorbedToday());
        Divergence.requireSame(where, "sats_absorbed_on", stored.absorbedOn(), recomputed.absorbedOn());
        Divergence.requireSame(where, "tier_locked", code(stored.locked()), code(recomputed.locked()));
        Divergence.requireSame(where, "blocked_at is set", stored.blocked(), recomputed.blocked());
    }

    private static @Nullable String code(@Nullable Tier tier) {
        return tier == null ? null : tier.code();
    }
}
