package dev.nostrtrust.trust;

/**
 * The end of the ledger.
 *
 * @param seq the last place that is taken; 0 for an empty ledger
 * @param hash the last entry's hash in lower-case hex; zeros for an empty ledger
 */
record Head(long seq, String hash) {}
