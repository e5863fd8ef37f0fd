package dev.nostrtrust.trust;

import java.util.Locale;

/** What a fact says. */
public enum FactKind {
    /** Work was paid for. */
    SUCCESS,
    /** Work failed by the identity's doing. */
    FAILURE,
    /** An earlier fact is taken back. */
    REVERSAL,
    /** An operator moves the balance. */
    ADJUSTMENT;

    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static FactKind of(String code) {
        return valueOf(code.toUpperCase(Locale.ROOT));
    }
}
