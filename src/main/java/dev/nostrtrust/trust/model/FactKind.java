package dev.nostrtrust.trust.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The kinds of facts. */
public enum FactKind {
    /** Work was paid. */
    SUCCESS,
    /** Work failed and the identity is responsible. */
    FAILURE,
    /** An earlier fact is reversed. */
    REVERSAL,
    /** An operator changes the balance. */
    ADJUSTMENT,
    /** An operator locks the tier. This and the following kinds leave the balance as it is. */
    LOCK,
    /** An operator ends a lock. */
    UNLOCK,
    /** An operator blocks the identity. */
    BLOCK,
    /** An operator ends a block. */
    UNBLOCK,
    /** The sessions and jobs of the identity were deleted at its request. */
    ERASE;

    private static final Map<String, FactKind> BY_CODE =
            Arrays.stream(values()).collect(Collectors.toMap(FactKind::code, Function.identity()));

    private final String code = name().toLowerCase(Locale.ROOT);

    public String code() {
        return code;
    }

    public static FactKind of(String code) {
        FactKind kind = BY_CODE.get(code);
        if (kind == null) {
            throw new IllegalArgumentException("unknown kind of fact: " + code);
        }
        return kind;
    }
}
