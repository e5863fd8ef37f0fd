package dev.nostrtrust.nostr;

import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.BIP340Signer;
import org.jspecify.annotations.Nullable;

/** BIP-340 by Bouncy Castle: every platform, messages of any length. */
final class BouncyCastleVerifier implements SignatureVerifier {

    @Override
    public boolean verify(byte[] signature, byte[] message, byte[] publicKey) {
        ECPublicKeyParameters point = point(publicKey);
        if (point == null) {
            return false;
        }
        BIP340Signer signer = new BIP340Signer();
        signer.init(false, point);
        signer.update(message, 0, message.length);
        return signer.verifySignature(signature);
    }

    @Override
    public boolean isOnCurve(byte[] publicKey) {
        return point(publicKey) != null;
    }

    @Override
    public String name() {
        return "Bouncy Castle";
    }

    private static @Nullable ECPublicKeyParameters point(byte[] publicKey) {
        return BIP340Signer.decodePublicKey(publicKey);
    }
}
