package dev.nostrtrust.trust.replay;

import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.FactFold;
import dev.nostrtrust.trust.ledger.FactFold.Scored;
import dev.nostrtrust.trust.ledger.HashChain;
import dev.nostrtrust.trust.ledger.LedgerHead;
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
 * Scores the whole ledger again, each entry under the policy that it names, and holds what is stored against it to the
 * bit: give it the entries in their order, then the head, then every identity, and then say that this was all. Each of
 * them throws {@link Divergence} at the first thing that is not as it has to be. Keeps a standing for each identity and
 * a few bytes for each reversal. Pure; one thread.
 */
public final class Replay {
    private static final String HASHED = "The entry's hash is that of what is stored";
    private static final String NOT_HASHED =
            "The entry's hash is not that of what is stored: it was changed after it was scored";

    private final KeptPolicies policies;
    private final FactFold facts;
    private final HashChain chain = new HashChain(LedgerHead.EMPTY.hash());
    private final @Nullable LedgerHead expected;
    private long seq = LedgerHead.EMPTY.seq();
    private String hash = LedgerHead.EMPTY.hash();
    private long identities;
    private long uncompared;

    /**
     * Begins with an empty ledger.
     *
     * @param policies the texts of all policies by their versions
     * @param reversed the ids of all facts that some entry reverses
     * @param expected an entry that was noted down elsewhere; null for none
     */
    public Replay(Map<String, String> policies, Set<Long> reversed, @Nullable LedgerHead expected) {
        this.policies = new KeptPolicies(policies);
        this.facts = new FactFold(reversed::contains);
        this.expected = expected;
    }

    /** The next entry. */
    public void entry(Entry stored) {
        Supplier<String> where = stored::place;
        inPlace(stored);
        Divergence.unlessSame(where, "prev_hash", stored.prevHash(), hash);
        try {
            score(stored, where);
        } catch (Divergence e) {
            throw e.and(chain.hash(stored).equals(stored.hash()) ? HASHED : NOT_HASHED);
        }
        Divergence.unlessSame(where, "hash", stored.hash(), chain.append(stored));
        seq = stored.seq();
        hash = stored.hash();
        if (expected != null && expected.seq() == seq && !expected.hash().equals(hash)) {
            throw new Divergence(where.get() + ", hash: stored is " + hash + ", expected " + expected.hash());
        }
    }

    /** The head, after the last entry. */
    public void head(@Nullable LedgerHead stored) {
        if (stored == null) {
            throw new Divergence("trust_head has no row");
        }
        Divergence.unlessSame(() -> "trust_head", "seq", stored.seq(), seq);
        Divergence.unlessSame(() -> "trust_head", "hash", stored.hash(), hash);
        if (expected != null && expected.seq() > seq) {
            throw new Divergence("the ledger ends with entry " + seq + ", before the expected " + expected);
        }
    }

    /** An identity, after the head; in any order. */
    public void identity(StoredStanding stored) {
        identities++;
        Supplier<String> where = stored::place;
        PublicKey pubkey = stored.standing().pubkey();
        Standing again = facts.standing(pubkey);
        TrustModel model = facts.scoredUnder(pubkey);
        facts.forget(pubkey);
        if (again != null && model != null) {
            numbers(where, stored, again.state(), model);
            state(where, stored.standing(), again);
            Divergence.unlessSame(where, "policy_version", stored.policyVersion(), model.policyVersion());
            return;
        }
        // Only policies that scored something are kept; what others gave a newcomer is stored and never read.
        TrustModel first =
                policies.knows(stored.policyVersion()) ? policies.model(where, stored.policyVersion()) : null;
        TrustState begun = new TrustState(0, stored.createdAt(), Tier.NEW, null);
        if (first == null) {
            uncompared++;
        } else {
            begun = first.newcomer(stored.createdAt());
            numbers(where, stored, begun, first);
        }
        state(where, stored.standing(), new Standing(pubkey, begun, 0, 0, null, null));
    }

    /** There are no more identities. */
    public void end() {
        if (!facts.known().isEmpty()) {
            PublicKey first = new TreeSet<>(facts.known()).first();
            throw new Divergence("identity " + first.hex() + " has entries in the ledger and no row");
        }
        policies.check();
    }

    /** The last entry so far. */
    public LedgerHead head() {
        return new LedgerHead(seq, hash);
    }

    /** How many identities were held against the ledger. */
    public long identities() {
        return identities;
    }

    /**
     * How many of them have no history, and balance and score of a policy whose text is not kept: those two were not
     * compared.
     */
    public long uncompared() {
        return uncompared;
    }

    /** How many policies are kept. */
    public int policies() {
        return policies.count();
    }

    private void inPlace(Entry stored) {
        long next = seq + 1;
        if (stored.seq() != next) {
            throw new Divergence("entry " + next + " is missing: after entry " + seq + " comes "
                    + stored.place().substring("entry ".length()));
        }
    }

    private void score(Entry stored, Supplier<String> where) {
        Fact fact = stored.fact();
        TrustModel model = policies.model(where, stored.policyVersion());
        if (fact.kind() == FactKind.REVERSAL && (fact.reverses() == null || !facts.remembers(fact.reverses()))) {
            throw new Divergence(where.get() + ", reverses: no entry before it has the id " + fact.reverses());
        }
        if (fact.kind() == FactKind.FAILURE && fact.reason() == null) {
            throw new Divergence(where.get() + ", reason: a failure has one");
        }
        Scored again = facts.score(model, stored.id(), fact);
        Divergence.unlessSameBits(where, "delta", stored.delta(), again.delta());
        marks(where, "_before", stored.before(), again.before());
        marks(where, "_after", stored.after(), again.after());
    }

    private static void marks(Supplier<String> where, String when, Entry.Mark stored, Entry.Mark again) {
        if (stored.equals(again)) {
            return;
        }
        Divergence.unlessSameBits(where, "balance" + when, stored.balance(), again.balance());
        Divergence.unlessSameBits(where, "score" + when, stored.score(), again.score());
        Divergence.unlessSame(
                where, "tier" + when, stored.tier().code(), again.tier().code());
    }

    private static void numbers(Supplier<String> where, StoredStanding stored, TrustState again, TrustModel model) {
        Divergence.unlessSameBits(where, "balance", stored.standing().state().balance(), again.balance());
        Divergence.unlessSameBits(where, "trust_score", stored.score(), model.score(again.balance()));
    }

    private static void state(Supplier<String> where, Standing stored, Standing again) {
        TrustState state = again.state();
        Divergence.unlessSame(where, "balance_as_of", stored.state().asOf(), state.asOf());
        Divergence.unlessSame(
                where, "tier", stored.state().tier().code(), state.tier().code());
        Divergence.unlessSame(where, "last_success_at", stored.state().lastSuccessAt(), state.lastSuccessAt());
        Divergence.unlessSame(where, "interaction_count", stored.interactions(), again.interactions());
        Divergence.unlessSame(where, "sats_absorbed_today", stored.absorbedToday(), again.absorbedToday());
        Divergence.unlessSame(where, "sats_absorbed_on", stored.absorbedOn(), again.absorbedOn());
    }
}
