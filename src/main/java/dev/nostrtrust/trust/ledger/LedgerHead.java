package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.nostr.Hex;

/**
 * The head of the ledger, current or earlier.
 *
 * @param seq the sequence number of the last entry; 0 for an empty ledger
 * @param hash the hash of the last entry in lower-case hex; zeros for an empty ledger
 */
public record LedgerHead(long seq, String hash) {
    public static final LedgerHead EMPTY = new LedgerHead(0, "0".repeat(64));

    public LedgerHead {
        if (seq < 0 || !Hex.isHex(hash, 64) || (seq == 0 && !hash.equals("0".repeat(64)))) {
            throw new IllegalArgumentException(
                    "A head is a sequence number from 0 and a hash of 64 lower-case hex digits, all 0 for the number 0.");
        }
    }

    /**
     * Parses the format of {@link #toString}.
     *
     * @throws IllegalArgumentException if the text has another format
     */
    public static LedgerHead parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 2 || !parts[0].matches("[0-9]{1,18}") || !Hex.isHex(parts[1], 64)) {
            throw new IllegalArgumentException(
                    "A head has the format seq:hash, with a hash of 64 lower-case hex digits, not \"" + text + "\".");
        }
        return new LedgerHead(Long.parseLong(parts[0]), parts[1]);
    }

    @Override
    public String toString() {
        return seq + ":" + hash;
    }
}
