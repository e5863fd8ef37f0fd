package dev.nostrtrust.auth;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Who a caller is: nobody in particular, a user, or a part of the operator's own system. */
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

    /** The scope of this name, if a token can have it. */
    public static Optional<Scope> ofToken(String code) {
        return Arrays.stream(values())
                .filter(scope -> scope != ANONYMOUS && scope.code().equals(code))
                .findFirst();
    }
}
