package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.nostr.Hex;

/**
 * An end of the ledger: the last one, or one that was noted down when it was the last.
 *
 * @param seq the last place that is taken; 0 for an empty ledger
 * @param hash the last entry's hash in lower-case hex; zeros for an empty ledger
 */
public record LedgerHead(long seq, String hash) {
    public static final LedgerHead EMPTY = new LedgerHead(0, "0".repeat(64));

    public LedgerHead {
        if (seq < 0 || !Hex.isHex(hash, 64) || (seq == 0 && !hash.equals("0".repeat(64)))) {
            throw new IllegalArgumentException(
                    "a head is a place from 0 and a hash of 64 lower-case hex digits, all 0 for the place 0");
        }
    }

    /**
     * Reads what {@link #toString} says.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static LedgerHead parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 2 || !parts[0].matches("[0-9]{1,18}") || !Hex.isHex(parts[1], 64)) {
            throw new IllegalArgumentException(
                    "a head is written as seq:hash, the hash as 64 lower-case hex digits, not \"" + text + "\"");
        }
        return new LedgerHead(Long.parseLong(parts[0]), parts[1]);
    }

    @Override
    public String toString() {
        return seq + ":" + hash;
    }
}
