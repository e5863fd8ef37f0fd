package dev.nostrtrust.trust;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Why work failed by the doing of the identity that asked for it. Each has its own floor in the policy. */
public enum FaultReason {
    UNPAID,
    EXPIRED,
    ABUSE,
    POLICY_REJECTED,
    CANCELLED_LATE,
    PAYMENT_REVERSED;

    /** The name on the wire and in the database. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reason of this name, if it is one. */
    public static Optional<FaultReason> of(String code) {
        return Arrays.stream(values())
                .filter(reason -> reason.code().equals(code))
                .findFirst();
    }
}
