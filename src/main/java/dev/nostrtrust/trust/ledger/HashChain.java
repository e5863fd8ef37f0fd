package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.nostr.Hex;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The hash chain of the ledger. The hash of an entry covers the previous hash and the canonical form of the entry. */
public final class HashChain {
    private final MessageDigest sha256;
    private final CanonicalForm form = new CanonicalForm();
    private byte[] last;

    /**
     * Continues a chain.
     *
     * @param hash the last hash, in lower-case hex
     */
    public HashChain(String hash) {
        this.last = Hex.decode(hash);
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The hash of an entry as the next one of the chain, in lower-case hex. Ignores the hashes stored in the entry. */
    public String hash(Entry next) {
        return Hex.encode(digest(next));
    }

    /** Appends an entry and returns its hash, as {@link #hash} does. */
    public String append(Entry next) {
        last = digest(next);
        return Hex.encode(last);
    }

    private byte[] digest(Entry next) {
        sha256.update(last);
        form.write(next).update(sha256);
        return sha256.digest();
    }
}
