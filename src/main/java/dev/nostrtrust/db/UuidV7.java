package dev.nostrtrust.db;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;

/**
 * Creates UUIDs of version 7 (RFC 9562): sorted by time, with 74 random bits. An id is a capability, so the bits come
 * from a CSPRNG.
 */
public final class UuidV7 {
    private static final SecureRandom RANDOM = new SecureRandom();

    private UuidV7() {}

    /** A new id. */
    public static UUID next(Instant now) {
        byte[] random = new byte[10];
        RANDOM.nextBytes(random);
        return of(now, random);
    }

    /** The id of a time and ten random bytes; 74 of the 80 bits are used. Pure. */
    public static UUID of(Instant time, byte[] random) {
        ByteBuffer bits = ByteBuffer.wrap(random);
        long high = (time.toEpochMilli() << 16) | 0x7000 | (bits.getShort() & 0x0fff);
        long low = (bits.getLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }
}
