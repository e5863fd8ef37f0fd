package dev.nostrtrust.torture;

/** The trust model as docs/trust-model.md has it on paper, written a second time and sharing nothing with the first. */
final class PaperModel {
    private static final double MICROS_PER_DAY = 86_400e6;

    private final PaperPolicy policy;

    PaperModel(PaperPolicy policy) {
        this.policy = policy;
    }

    PaperPolicy policy() {
        return policy;
    }

    /** An identity without history. */
    PaperState newcomer(long at) {
        return new PaperState(policy.linear ? policy.baseline : 0, at, PaperTier.NEW, null);
    }

    double score(double balance) {
        double s0 = policy.baseline;
        double k = policy.halfway;
        if (policy.linear) {
            return Math.max(0, Math.min(100, balance));
        }
        return balance >= 0 ? s0 + (100 - s0) * (balance / (balance + k)) : s0 * (k / (k - balance));
    }

    /** After absence until then; nothing changes where that is not after {@code asOf}. */
    PaperState absent(PaperState state, long now) {
        if (now <= state.asOf()) {
            return state;
        }
        double balance = policy.linear ? idle(state, now) : state.balance() * left(now - state.asOf());
        return new PaperState(balance, now, kept(state.tier(), score(balance)), state.lastSuccess());
    }

    /** What a fact is worth at the time it occurred. */
    double delta(LedgerEntry fact) {
        double sats = policy.linear ? 0 : fact.sats();
        return switch (fact.kind()) {
            case "success" -> policy.creditFlat + policy.creditPerSat * sats;
            case "failure" -> -policy.multiplier * Math.max(policy.floor(fact.reason()), sats);
            case "reversal" -> -fact.reversed().delta();
            case "adjustment" -> fact.sats();
            case "lock", "unlock", "block", "unblock", "erase" -> 0;
            default -> throw new IllegalArgumentException("no kind of fact: " + fact.kind());
        };
    }

    /** After a fact, from the state just before it, which is the one at the fact's time or later. */
    PaperState after(PaperState before, LedgerEntry fact) {
        double delta = delta(fact);
        boolean success = fact.kind().equals("success");
        boolean reversal = fact.kind().equals("reversal");
        long from = reversal ? fact.reversed().occurredAt() : fact.occurredAt();
        double weight = policy.linear || before.asOf() <= from ? 1 : left(before.asOf() - from);
        double balance = before.balance() + delta * weight;
        double score = score(balance);
        boolean upwards = success || (!fact.kind().equals("failure") && delta > 0);
        PaperTier tier = upwards ? PaperTier.higher(before.tier(), reached(score)) : kept(before.tier(), score);
        return new PaperState(balance, before.asOf(), tier, success ? latest(before, fact) : before.lastSuccess());
    }

    private static Long latest(PaperState before, LedgerEntry success) {
        Long last = before.lastSuccess();
        return last == null ? success.occurredAt() : Math.max(last, success.occurredAt());
    }

    private double left(long micros) {
        return Math.exp(-Math.log(2) * (micros / MICROS_PER_DAY) / policy.halfLifeDays);
    }

    private double idle(PaperState state, long now) {
        if (state.balance() <= policy.baseline) {
            return state.balance();
        }
        Long last = state.lastSuccess();
        long graceEnds = last == null ? state.asOf() : last + Math.round(policy.graceDays * MICROS_PER_DAY);
        double days = Math.max(0, now - Math.max(state.asOf(), graceEnds)) / MICROS_PER_DAY;
        return Math.max(policy.baseline, state.balance() - policy.pointsPerDay * days);
    }

    private PaperTier reached(double score) {
        PaperTier highest = PaperTier.ANONYMOUS;
        for (PaperTier tier : PaperTier.values()) {
            highest = policy.threshold(tier) <= score ? tier : highest;
        }
        return highest;
    }

    private PaperTier kept(PaperTier held, double score) {
        PaperTier highest = PaperTier.ANONYMOUS;
        for (PaperTier tier : PaperTier.values()) {
            highest = policy.keep(tier) <= score ? tier : highest;
        }
        PaperTier kept = PaperTier.lower(held, highest);
        // Between these two the score alone decides, upwards too.
        boolean low = kept.compareTo(PaperTier.NEW) <= 0;
        return low ? PaperTier.lower(PaperTier.NEW, reached(score)) : kept;
    }
}
