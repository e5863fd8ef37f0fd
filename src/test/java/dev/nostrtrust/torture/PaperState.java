package dev.nostrtrust.torture;

import org.jspecify.annotations.Nullable;

/**
 * What the model keeps of an identity.
 *
 * @param asOf microseconds since 1970
 * @param lastSuccess microseconds since 1970; null where there was none
 */
record PaperState(
        double balance, long asOf, PaperTier tier, @Nullable Long lastSuccess) {

    PaperState with(PaperTier other) {
        return new PaperState(balance, asOf, other, lastSuccess);
    }
}
