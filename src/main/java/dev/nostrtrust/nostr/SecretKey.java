package dev.nostrtrust.nostr;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.List;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.BIP340Signer;
import org.bouncycastle.math.ec.ECPoint;

/** A Nostr secret key. The demonstration and the tests sign with it; the server has none. */
public final class SecretKey {
    private final ECPrivateKeyParameters key;
    private final PublicKey publicKey;

    private SecretKey(BigInteger scalar) {
        key = new ECPrivateKeyParameters(scalar, BIP340Signer.getDomain());
        ECPoint point = key.getParameters().getG().multiply(scalar).normalize();
        publicKey = new PublicKey(Hex.encode(point.getAffineXCoord().getEncoded()));
    }

    /** Generates a key. */
    public static SecretKey random(SecureRandom random) {
        BigInteger order = BIP340Signer.getDomain().getN();
        BigInteger scalar;
        do {
            scalar = new BigInteger(order.bitLength(), random);
        } while (scalar.signum() == 0 || scalar.compareTo(order) >= 0);
        return new SecretKey(scalar);
    }

    public PublicKey publicKey() {
        return publicKey;
    }

    /** Signs an event over these fields, as a NIP-07 signer does. */
    public Event sign(long createdAt, int kind, List<List<String>> tags, String content, SecureRandom random) {
        byte[] id = EventId.of(publicKey, createdAt, kind, tags, content);
        BIP340Signer signer = new BIP340Signer();
        signer.init(true, new ParametersWithRandom(key, random));
        signer.update(id, 0, id.length);
        String sig = Hex.encode(signer.generateSignature());
        return new Event(Hex.encode(id), publicKey, createdAt, kind, tags, content, sig);
    }

    @Override
    public String toString() {
        return "SecretKey of " + publicKey.hex();
    }
}
