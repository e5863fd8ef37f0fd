package dev.nostrtrust.nostr;

/** Checks BIP-340 signatures. Thread-safe; each check takes tens to hundreds of microseconds of CPU time. */
public sealed interface SignatureVerifier permits NativeVerifier, BouncyCastleVerifier {

    /**
     * Whether the signature is valid; false for malformed input.
     *
     * @param signature 64 bytes
     * @param message 32 bytes; the native library accepts no other length
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
     * @throws LinkageError or RuntimeException if the library does not load on this machine
     */
    static SignatureVerifier libsecp256k1() {
        return new NativeVerifier();
    }

    /** Name of the implementation, for the log. */
    String name();
}
