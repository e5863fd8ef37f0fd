package dev.nostrtrust.torture;

import org.jspecify.annotations.Nullable;

/**
 * A scored row of {@code trust_ledger}. Times are microseconds since 1970, hashes lower-case hexadecimal.
 *
 * @param lockedTier the tier that a lock sets; null for other kinds
 * @param standing what counts after it; null in entries of the first form
 * @param origin what a reversal takes back; null for other kinds, and where that is not there
 */
record LedgerEntry(
        long seq,
        long id,
        String source,
        String sourceId,
        String pubkey,
        String kind,
        @Nullable String reason,
        long sats,
        long satsAbsorbed,
        @Nullable Long reverses,
        long occurredAt,
        double delta,
        Moment before,
        Moment after,
        String policyVersion,
        long scoredAt,
        String prevHash,
        String hash,
        @Nullable String lockedTier,
        @Nullable Standing standing,
        @Nullable Origin origin) {

    /** How an identity stood. */
    record Moment(double balance, double score, String tier) {}

    /**
     * What counts of an identity: its tier with an operator's lock, its block, and when absence alone costs the tier.
     */
    record Standing(String tier, boolean blocked, @Nullable Long until) {}

    /** What a reversal needs to know of the entry that it takes back. */
    record Origin(String pubkey, long seq, double delta, long occurredAt) {}

    /** What this reversal takes back. Refuses entries that take back nothing. */
    Origin reversed() {
        if (origin == null) {
            throw new IllegalArgumentException("it takes back nothing that was scored");
        }
        return origin;
    }

    @Override
    public String toString() {
        return "seq " + seq + " (" + kind + " of " + source + " " + sourceId + ", " + pubkey + ")";
    }
}
