package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.nostr.Hex;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The hash chain of the ledger: each entry's hash is taken over the hash before and the entry's canonical form. */
public final class HashChain {
    private final MessageDigest sha256;
    private final CanonicalForm form = new CanonicalForm();
    private byte[] last;

    /**
     * A chain that goes on from a hash.
     *
     * @param hash in lower-case hex
     */
    public HashChain(String hash) {
        this.last = Hex.decode(hash);
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The hash that an entry has if it comes next, in lower-case hex; its own two hashes do not matter. */
    public String hash(Entry next) {
        return Hex.encode(digest(next));
    }

    /** The same, and the chain goes on from there. */
    public String append(Entry next) {
        last = digest(next);
        return Hex.encode(last);
    }

    private byte[] digest(Entry next) {
        sha256.update(last);
        form.write(next).feed(sha256);
        return sha256.digest();
    }
}
