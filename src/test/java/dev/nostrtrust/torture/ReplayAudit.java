package dev.nostrtrust.torture;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Replays entries one after the other, and holds them and the identities to what comes out. Of an identity that was
 * made under another policy than that of its first entry the database does not say what it began with; it is taken to
 * begin as a newcomer under the policy of that entry.
 */
final class ReplayAudit {
    private static final double BALANCE_TOLERANCE = 1e-7;
    private static final double SCORE_TOLERANCE = 1e-6;
    private static final long MICROS_PER_DAY = 86_400_000_000L;
    /** How exactly a time follows from a balance. */
    private static final long MINUTE = 60_000_000L;

    private static final long MILLENNIUM = 365_250 * MICROS_PER_DAY;

    private final Findings findings;
    private final Map<String, PaperModel> models = new HashMap<>();
    private final Map<String, Replayed> identities = new HashMap<>();

    /** An identity as the replay has it so far. */
    private static final class Replayed {
        private final IdentityRow row;
        private PaperState state;
        private PaperModel model;
        private String policyVersion;
        private long interactions;
        private long absorbed;
        private long absorbedLater;
        private @Nullable String locked;
        private boolean blocked;

        private Replayed(IdentityRow row) {
            this.row = row;
        }
    }

    ReplayAudit(Map<String, String> policies, Findings findings) {
        this.findings = findings;
        policies.forEach(this::read);
    }

    private void read(String version, String canonical) {
        try {
            models.put(version, new PaperModel(new PaperPolicy(canonical)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            findings.add(Invariant.I3, "policy " + version + " cannot be replayed: " + e.getMessage());
        }
    }

    /** Each identity, before the first entry. */
    void identity(IdentityRow row) {
        identities.put(row.pubkey(), new Replayed(row));
    }

    void next(LedgerEntry entry) {
        Replayed identity = identities.get(entry.pubkey());
        PaperModel model = models.get(entry.policyVersion());
        if (identity == null || model == null) {
            findings.add(Invariant.I3, entry + " has no identity, or no policy that can be replayed");
            return;
        }
        if (entry.origin() != null
                && (!entry.origin().pubkey().equals(entry.pubkey())
                        || entry.origin().seq() >= entry.seq())) {
            findings.add(Invariant.I3, entry + " takes back another identity's entry, or a later one");
        }
        identity.model = model;
        identity.policyVersion = entry.policyVersion();
        count(identity, entry);
        try {
            replay(identity, entry);
        } catch (IllegalArgumentException e) {
            findings.add(Invariant.I3, entry + " cannot be replayed: " + e.getMessage());
        }
    }

    private void replay(Replayed identity, LedgerEntry entry) {
        PaperModel model = identity.model;
        PaperState state = identity.state == null ? model.newcomer(entry.occurredAt()) : identity.state;
        if (!near(entry.delta(), model.delta(entry))) {
            findings.add(Invariant.I3, entry + " has delta " + entry.delta() + ", not " + model.delta(entry));
        }
        PaperState before = held(model, model.absent(state, entry.occurredAt()), entry.before(), entry + " before");
        identity.state = held(model, model.after(before, entry), entry.after(), entry + " after");
        decide(identity, entry);
        if (entry.standing() != null) {
            standing(identity, entry, entry.standing());
        }
    }

    /** What operators decide. */
    private static void decide(Replayed identity, LedgerEntry entry) {
        if (entry.kind().equals("lock") != (entry.lockedTier() != null)) {
            throw new IllegalArgumentException("its locked tier is " + entry.lockedTier());
        }
        switch (entry.kind()) {
            case "lock", "unlock" -> identity.locked = entry.lockedTier();
            case "block", "unblock" -> identity.blocked = entry.kind().equals("block");
            default -> {}
        }
    }

    private void standing(Replayed identity, LedgerEntry entry, LedgerEntry.Standing standing) {
        PaperState state = identity.state;
        same(
                entry + " trust tier",
                standing.tier(),
                identity.locked == null ? state.tier().code() : identity.locked);
        same(entry + " blocked", standing.blocked(), identity.blocked);
        Long until = standing.until();
        long last = until == null ? state.asOf() + MILLENNIUM : Math.max(state.asOf(), until - MINUTE);
        PaperTier kept = identity.model.absent(state, last).tier();
        boolean lost = until != null
                && identity.model.absent(state, until + MINUTE).tier().compareTo(state.tier()) < 0;
        boolean never = identity.locked != null || kept.compareTo(state.tier()) >= 0;
        if (until == null ? !never : identity.locked != null || !lost || kept.compareTo(state.tier()) < 0) {
            findings.add(Invariant.I3, entry + " has its tier until " + until);
        }
    }

    /** After the last entry. */
    void identities() {
        identities.values().forEach(identity -> {
            PaperModel model = identity.model == null ? models.get(identity.row.policyVersion()) : identity.model;
            boolean told = identity.state != null;
            // Policies are kept when the first entry is scored: until then a newcomer's numbers cannot be known.
            if (told || model != null) {
                PaperState state = told ? identity.state : model.newcomer(identity.row.createdAt());
                String what = "identity " + identity.row.pubkey();
                held(model, state, identity.row.moment(), what);
                same(what + " as of", identity.row.asOf(), state.asOf());
                same(what + " last success", identity.row.lastSuccess(), state.lastSuccess());
            }
            counted(identity);
        });
    }

    private void counted(Replayed identity) {
        IdentityRow row = identity.row;
        String what = "identity " + row.pubkey();
        same(what + " interactions", row.interactions(), identity.interactions);
        same(what + " sats absorbed on that day", row.absorbed(), identity.absorbed);
        same(what + " sats absorbed on later days", 0L, identity.absorbedLater);
        same(what + " lock", row.locked(), identity.locked);
        same(what + " block", row.blocked(), identity.blocked);
        if (identity.policyVersion != null) {
            same(what + " policy", row.policyVersion(), identity.policyVersion);
        }
    }

    private static void count(Replayed identity, LedgerEntry entry) {
        boolean interaction = entry.kind().equals("success") || entry.kind().equals("failure");
        identity.interactions += interaction ? 1 : 0;
        long day = Math.floorDiv(entry.occurredAt(), MICROS_PER_DAY);
        Long on = identity.row.absorbedOn();
        identity.absorbed += on != null && day == on ? entry.satsAbsorbed() : 0;
        identity.absorbedLater += on == null || day > on ? entry.satsAbsorbed() : 0;
    }

    /** The replayed state; on the very edge of a tier, with the tier that the row has. */
    private PaperState held(PaperModel model, PaperState state, LedgerEntry.Moment row, String what) {
        double score = model.score(state.balance());
        if (!near(row.balance(), state.balance())) {
            findings.add(Invariant.I3, what + ": balance " + row.balance() + ", replayed " + state.balance());
        }
        if (!(Math.abs(row.score() - score) <= SCORE_TOLERANCE)) {
            findings.add(Invariant.I3, what + ": score " + row.score() + ", replayed " + score);
        }
        if (row.tier().equals(state.tier().code())) {
            return state;
        }
        if (edge(model.policy(), score)) {
            return state.with(PaperTier.of(row.tier()));
        }
        findings.add(
                Invariant.I3,
                what + ": tier " + row.tier() + ", replayed " + state.tier().code());
        return state;
    }

    private void same(String what, Object row, Object replayed) {
        if (!Objects.equals(row, replayed)) {
            findings.add(Invariant.I3, what + ": " + row + ", replayed " + replayed);
        }
    }

    private static boolean near(double one, double other) {
        double size = Math.max(1, Math.max(Math.abs(one), Math.abs(other)));
        return Math.abs(one - other) <= BALANCE_TOLERANCE * size;
    }

    private static boolean edge(PaperPolicy policy, double score) {
        for (PaperTier tier : PaperTier.values()) {
            if (Math.abs(score - policy.threshold(tier)) <= SCORE_TOLERANCE
                    || Math.abs(score - policy.keep(tier)) <= SCORE_TOLERANCE) {
                return true;
            }
        }
        return false;
    }
}
