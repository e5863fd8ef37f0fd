package dev.nostrtrust.nostr;

/** Checks BIP-340 signatures. Thread-safe; takes tens to hundreds of microseconds of pure computation. */
public sealed interface SignatureVerifier permits NativeVerifier, BouncyCastleVerifier {

    /**
     * Whether this is a valid signature. Malformed input of any kind is not.
     *
     * @param signature 64 bytes
     * @param message 32 bytes; the native library knows no other length
     * @param publicKey 32 bytes, the x coordinate
     */
    boolean verify(byte[] signature, byte[] message, byte[] publicKey);

    /** Whether these 32 bytes are the x coordinate of a point on the curve. */
    boolean isOnCurve(byte[] publicKey);

    /** The pure Java implementation by Bouncy Castle. */
    static SignatureVerifier bouncyCastle() {
        return new BouncyCastleVerifier();
    }

    /**
     * The native implementation by libsecp256k1.
     *
     * @throws LinkageError or a RuntimeException when the library does not load on this machine
     */
    static SignatureVerifier libsecp256k1() {
        return new NativeVerifier();
    }

    /** What to call this implementation in a log. */
    String name();
}
