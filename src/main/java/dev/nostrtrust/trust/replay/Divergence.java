package dev.nostrtrust.trust.replay;

import java.util.HexFormat;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A difference between stored and recomputed data. The message names the first difference and both values. */
public final class Divergence extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Divergence(String message) {
        super(message);
    }

    /** This divergence with an additional sentence. */
    Divergence withHint(String hint) {
        return new Divergence(getMessage() + ". " + hint);
    }

    /** Throws a divergence if two numbers have different bits. Distinguishes -0.0 from 0.0 and one NaN from another. */
    static void requireSameBits(Supplier<String> where, String field, double stored, double recomputed) {
        if (Double.doubleToRawLongBits(stored) != Double.doubleToRawLongBits(recomputed)) {
            throw of(where, field, text(stored), text(recomputed));
        }
    }

    /** Throws a divergence if two values are not equal. */
    static void requireSame(
            Supplier<String> where, String field, @Nullable Object stored, @Nullable Object recomputed) {
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
