package dev.nostrtrust.trust.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The tiers, lowest first. {@code ANONYMOUS} is the tier of callers without an identity and of identities in debt. */
public enum Tier {
    ANONYMOUS,
    NEW,
    ESTABLISHED,
    TRUSTED,
    ELITE;

    private static final Map<String, Tier> BY_CODE =
            Arrays.stream(values()).collect(Collectors.toMap(Tier::code, Function.identity()));

    private final String code = name().toLowerCase(Locale.ROOT);

    /** The name in JSON and in the database. */
    public String code() {
        return code;
    }

    /**
     * The tier with this name.
     *
     * @throws IllegalArgumentException if there is no such tier
     */
    public static Tier of(String code) {
        Tier tier = BY_CODE.get(code);
        if (tier == null) {
            throw new IllegalArgumentException("unknown tier: " + code);
        }
        return tier;
    }

    /** The next higher tier; null for the highest tier. */
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
