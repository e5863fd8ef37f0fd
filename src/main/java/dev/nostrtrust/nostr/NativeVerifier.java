package dev.nostrtrust.nostr;

import fr.acinq.secp256k1.Secp256k1;
import fr.acinq.secp256k1.Secp256k1Exception;

/** BIP-340 by libsecp256k1 through JNI; messages of 32 bytes. */
final class NativeVerifier implements SignatureVerifier {
    private final Secp256k1 library;

    /**
     * Loads the native library.
     *
     * @throws RuntimeException or LinkageError if there is no library for this platform
     */
    NativeVerifier() {
        library = Secp256k1.get();
        if (!isOnCurve(GENERATOR_X)) {
            throw new IllegalStateException("libsecp256k1 rejects the generator point");
        }
    }

    private static final byte[] GENERATOR_X =
            Hex.decode("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");

    @Override
    public boolean verify(byte[] signature, byte[] message, byte[] publicKey) {
        if (signature.length != 64 || message.length != 32 || publicKey.length != 32) {
            return false;
        }
        try {
            return library.verifySchnorr(signature, message, publicKey);
        } catch (Secp256k1Exception malformed) {
            return false;
        }
    }

    @Override
    public boolean isOnCurve(byte[] publicKey) {
        if (publicKey.length != 32) {
            return false;
        }
        byte[] compressed = new byte[33];
        compressed[0] = 2;
        System.arraycopy(publicKey, 0, compressed, 1, 32);
        try {
            library.pubkeyParse(compressed);
            return true;
        } catch (Secp256k1Exception notAPoint) {
            return false;
        }
    }

    @Override
    public String name() {
        return "libsecp256k1";
    }
}
