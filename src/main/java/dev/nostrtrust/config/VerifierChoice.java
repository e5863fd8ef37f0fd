package dev.nostrtrust.config;

/** The implementation that verifies signatures. */
public enum VerifierChoice {
    /** Native where it loads, otherwise Bouncy Castle. */
    AUTO,
    NATIVE,
    BOUNCYCASTLE
}
