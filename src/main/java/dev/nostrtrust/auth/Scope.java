package dev.nostrtrust.auth;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The kinds of callers: anonymous callers, users, and the parts of the operator's system. */
public enum Scope {
    ANONYMOUS,
    USER,
    WORKER,
    SERVICE,
    OPERATOR;

    /** The value of {@code token_use} in a token of this scope. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The scope of a token with this {@code token_use}; empty for an unknown value. */
    public static Optional<Scope> ofToken(String code) {
        return Arrays.stream(values())
                .filter(scope -> scope != ANONYMOUS && scope.code().equals(code))
                .findFirst();
    }
}
