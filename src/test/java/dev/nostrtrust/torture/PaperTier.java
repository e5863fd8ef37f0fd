package dev.nostrtrust.torture;

import java.util.Locale;

/** The tiers from the lowest to the highest. */
enum PaperTier {
    ANONYMOUS,
    NEW,
    ESTABLISHED,
    TRUSTED,
    ELITE;

    static PaperTier of(String code) {
        return valueOf(code.toUpperCase(Locale.ROOT));
    }

    String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    static PaperTier lower(PaperTier one, PaperTier other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    static PaperTier higher(PaperTier one, PaperTier other) {
        return one.compareTo(other) < 0 ? other : one;
    }
}
