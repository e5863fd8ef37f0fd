package dev.nostrtrust.trust.ledger;

import java.time.Instant;

/** Converts times to and from microseconds since 1970, the precision of the database. */
public final class EpochMicros {
    private static final long PER_SECOND = 1_000_000L;

    private EpochMicros() {}

    /**
     * The time in microseconds, rounded down.
     *
     * @throws ArithmeticException for a time more than about 290,000 years from 1970
     */
    public static long of(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), PER_SECOND), time.getNano() / 1_000);
    }

    public static Instant time(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, PER_SECOND), Math.floorMod(micros, PER_SECOND) * 1_000L);
    }
}
