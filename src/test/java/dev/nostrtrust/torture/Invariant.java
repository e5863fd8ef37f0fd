package dev.nostrtrust.torture;

/** What has to hold whatever is killed, cut off or told twice. */
enum Invariant {
    /** Every completion that was answered with 200 is in the ledger exactly once. */
    I1,
    /** Places in the ledger are 1 to n without a gap, and the head is at the last one. */
    I2,
    /** Balances, scores and tiers of entries and identities are those of an independent replay. */
    I3,
    /** No fact is left without a score. */
    I4,
    /** A consumer of the feed that keeps its cursor has seen exactly the ledger. */
    I5,
    /** No job is finished twice, and no challenge redeemed twice. */
    I6,
    /** Hashes of entries and versions of policies are those of an independent computation. */
    CHAIN
}
