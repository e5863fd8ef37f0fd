package dev.nostrtrust;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nostrtrust.fault.Fault;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Catches the refusal that a test expects. */
public final class Refusals {
    private Refusals() {}

    /** The fault that this throws; a test in which nothing is refused fails here. */
    public static Fault refusal(ThrowingCallable call) {
        Fault fault = catchThrowableOfType(Fault.class, call);
        Assertions.assertThat(fault).as("a refusal").isNotNull();
        return fault;
    }
}
