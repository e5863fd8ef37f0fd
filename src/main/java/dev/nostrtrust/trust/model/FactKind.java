package dev.nostrtrust.trust.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

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

    private static final Map<String, FactKind> BY_CODE =
            Arrays.stream(values()).collect(Collectors.toMap(FactKind::code, Function.identity()));

    private final String code = name().toLowerCase(Locale.ROOT);

    public String code() {
        return code;
    }

    public static FactKind of(String code) {
        FactKind found = BY_CODE.get(code);
        if (found == null) {
            throw new IllegalArgumentException("there is no kind of fact called " + code);
        }
        return found;
    }
}
