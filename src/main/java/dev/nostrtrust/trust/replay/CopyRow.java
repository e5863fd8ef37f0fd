package dev.nostrtrust.trust.replay;

import dev.nostrtrust.nostr.Hex;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A row in the binary COPY format of PostgreSQL, read column by column from the left. Every method throws
 * {@link IllegalArgumentException} if the column has no value of its type. Not thread-safe.
 */
final class CopyRow {
    private static final int SIGNATURE_AND_FLAGS = 15;
    private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");
    private static final LocalDate EPOCH_DAY = LocalDate.of(2000, 1, 1);

    private final byte[] message;
    private final ByteBuffer bytes;

    private CopyRow(byte[] message, ByteBuffer bytes) {
        this.message = message;
        this.bytes = bytes;
    }

    /**
     * Parses a message.
     *
     * @param first whether the message is the first one, which starts with the header
     * @return null for the trailer
     */
    static @Nullable CopyRow of(byte[] message, boolean first) {
        ByteBuffer bytes = ByteBuffer.wrap(message);
        if (first) {
            bytes.position(SIGNATURE_AND_FLAGS);
            int extension = bytes.getInt();
            bytes.position(bytes.position() + extension);
        }
        return bytes.remaining() < Short.BYTES || bytes.getShort() < 0 ? null : new CopyRow(message, bytes);
    }

    long int8() {
        expect(Long.BYTES);
        return bytes.getLong();
    }

    @Nullable
    Long int8OrNull() {
        return isNull() ? null : (Long) int8();
    }

    @Nullable
    Boolean boolOrNull() {
        if (isNull()) {
            return null;
        }
        expect(1);
        return bytes.get() != 0;
    }

    double float8() {
        expect(Double.BYTES);
        return Double.longBitsToDouble(bytes.getLong());
    }

    String text() {
        int length = length();
        String text = new String(message, bytes.position(), length, StandardCharsets.UTF_8);
        bytes.position(bytes.position() + length);
        return text;
    }

    @Nullable
    String textOrNull() {
        return isNull() ? null : text();
    }

    /** The bytes of the column in lower-case hex. */
    String hex() {
        byte[] raw = new byte[length()];
        bytes.get(raw);
        return Hex.encode(raw);
    }

    Instant time() {
        expect(Long.BYTES);
        long micros = bytes.getLong();
        if (micros == Long.MAX_VALUE || micros == Long.MIN_VALUE) {
            throw new IllegalArgumentException("infinite time");
        }
        return EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    @Nullable
    Instant timeOrNull() {
        return isNull() ? null : time();
    }

    @Nullable
    LocalDate dateOrNull() {
        if (isNull()) {
            return null;
        }
        expect(Integer.BYTES);
        return EPOCH_DAY.plusDays(bytes.getInt());
    }

    /** Whether the next column is null. Skips a null column. */
    private boolean isNull() {
        boolean isNull = bytes.getInt(bytes.position()) < 0;
        if (isNull) {
            bytes.getInt();
        }
        return isNull;
    }

    private int length() {
        int length = bytes.getInt();
        if (length < 0) {
            throw new IllegalArgumentException("missing value");
        }
        return length;
    }

    private void expect(int expected) {
        int length = length();
        if (length != expected) {
            throw new IllegalArgumentException("value of " + length + " bytes instead of " + expected);
        }
    }
}
