package dev.nostrtrust.storm;

import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.bouncycastle.crypto.signers.BIP340Signer;
import org.bouncycastle.math.ec.ECPoint;

/**
 * A key that signs (BIP-340) with one hash and one multiplication, so that signing does not hold a load generator up.
 * It uses one nonce for all its signatures, which gives the key away to everybody who sees two of them: it is a
 * throwaway key for load, and nothing else may ever sign so.
 */
final class LoadKey {
    private static final BigInteger ORDER = BIP340Signer.getDomain().getN();
    private static final byte[] TAG = Sha256.of("BIP0340/challenge".getBytes(StandardCharsets.UTF_8));

    private final BigInteger secret;
    private final BigInteger nonce;
    private final byte[] pubkey;
    private final byte[] noncePoint;

    LoadKey(SecureRandom random) {
        BigInteger d = new BigInteger(255, random).add(BigInteger.ONE);
        BigInteger k = new BigInteger(255, random).add(BigInteger.ONE);
        ECPoint p = BIP340Signer.getDomain().getG().multiply(d).normalize();
        ECPoint r = BIP340Signer.getDomain().getG().multiply(k).normalize();
        this.secret = even(p) ? d : ORDER.subtract(d);
        this.nonce = even(r) ? k : ORDER.subtract(k);
        this.pubkey = p.getAffineXCoord().getEncoded();
        this.noncePoint = r.getAffineXCoord().getEncoded();
    }

    String pubkey() {
        return Hex.encode(pubkey);
    }

    /** The signature over a 32-byte message, as 128 hexadecimal digits. */
    String sign(byte[] message) {
        byte[] hashed = new byte[5 * 32];
        System.arraycopy(TAG, 0, hashed, 0, 32);
        System.arraycopy(TAG, 0, hashed, 32, 32);
        System.arraycopy(noncePoint, 0, hashed, 64, 32);
        System.arraycopy(pubkey, 0, hashed, 96, 32);
        System.arraycopy(message, 0, hashed, 128, 32);
        BigInteger e = new BigInteger(1, Sha256.of(hashed));
        BigInteger s = nonce.add(e.multiply(secret)).mod(ORDER);
        String hex = s.toString(16);
        return Hex.encode(noncePoint) + "0".repeat(64 - hex.length()) + hex;
    }

    private static boolean even(ECPoint point) {
        return !point.getAffineYCoord().testBitZero();
    }
}
