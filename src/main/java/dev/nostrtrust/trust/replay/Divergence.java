package dev.nostrtrust.trust.replay;

import java.util.HexFormat;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is stored is not what the facts lead to. The message names the first place, and both values. */
public final class Divergence extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Divergence(String message) {
        super(message);
    }

    /** This with something to add. */
    Divergence and(String more) {
        return new Divergence(getMessage() + ". " + more);
    }

    /** Refuses two numbers of different bits: zero has a sign here, and not every NaN is the same. */
    static void unlessSameBits(Supplier<String> where, String field, double stored, double recomputed) {
        if (Double.doubleToRawLongBits(stored) != Double.doubleToRawLongBits(recomputed)) {
            throw of(where, field, text(stored), text(recomputed));
        }
    }

    /** Refuses two values that are not equal. */
    static void unlessSame(Supplier<String> where, String field, @Nullable Object stored, @Nullable Object recomputed) {
        if (!Objects.equals(stored, recomputed)) {
            throw of(where, field, stored, recomputed);
        }
    }

    private static Divergence of(
            Supplier<String> where, String field, @Nullable Object stored, @Nullable Object recomputed) {
        return new Divergence(where.get() + ", " + field + ": stored is " + stored + ", recomputed " + recomputed);
    }

    private static String text(double value) {
        return value + " (bits " + HexFormat.of().toHexDigits(Double.doubleToRawLongBits(value)) + ")";
    }
}
