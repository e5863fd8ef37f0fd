package dev.nostrtrust.trust.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The reasons of failures for which the identity is responsible. The policy has a floor for each reason. */
public enum FaultReason {
    UNPAID,
    EXPIRED,
    ABUSE,
    POLICY_REJECTED,
    CANCELLED_LATE,
    PAYMENT_REVERSED;

    private static final Map<String, FaultReason> BY_CODE =
            Arrays.stream(values()).collect(Collectors.toMap(FaultReason::code, Function.identity()));

    private final String code = name().toLowerCase(Locale.ROOT);

    /** The name in JSON and in the database. */
    public String code() {
        return code;
    }

    /** The reason with this name; empty for an unknown name. */
    public static Optional<FaultReason> of(String code) {
        return Optional.ofNullable(BY_CODE.get(code));
    }
}
