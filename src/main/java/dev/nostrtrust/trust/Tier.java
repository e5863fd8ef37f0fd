package dev.nostrtrust.trust;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The tiers, lowest first. {@code ANONYMOUS} is both no identity at all and one in debt. */
public enum Tier {
    ANONYMOUS,
    NEW,
    ESTABLISHED,
    TRUSTED,
    ELITE;

    /** The name on the wire and in the database. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The tier of this name. */
    public static Tier of(String code) {
        return valueOf(code.toUpperCase(Locale.ROOT));
    }

    /** The tier above this one; null above the highest. */
    @Nullable
    Tier next() {
        return switch (this) {
            case ANONYMOUS -> NEW;
            case NEW -> ESTABLISHED;
            case ESTABLISHED -> TRUSTED;
            case TRUSTED -> ELITE;
            case ELITE -> null;
        };
    }

    static Tier higher(Tier a, Tier b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    static Tier lower(Tier a, Tier b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
