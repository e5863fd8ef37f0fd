package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.Fact;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The canonical form of an entry, which is the input of its hash: a JSON array in UTF-8 without white space. Times are
 * microseconds since 1970. Doubles are the sixteen hexadecimal digits of their IEEE 754 bits. Specified in
 * docs/ledger.md. Holds one entry at a time; not thread-safe.
 */
final class CanonicalForm {
    private static final byte[] FIRST_FORM = "[\"nostr-trust-ledger-1\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SECOND_FORM = "[\"nostr-trust-ledger-2\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FALSE = ",false".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRUE = ",true".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_DIGITS = 20;

    /** The digits of 00 to 99. */
    private static final byte[] DIGIT_PAIRS = new byte[200];

    /** 1 for each ASCII character that a JSON string escapes; the last element stands for all other characters. */
    private static final byte[] ESCAPED = new byte[128];

    static {
        for (int n = 0; n < 100; n++) {
            DIGIT_PAIRS[2 * n] = (byte) ('0' + n / 10);
            DIGIT_PAIRS[2 * n + 1] = (byte) ('0' + n % 10);
        }
        for (int c = 0; c < ESCAPED.length; c++) {
            ESCAPED[c] = (byte) (c < ' ' || c > '~' || c == '"' || c == '\\' ? 1 : 0);
        }
    }

    private final byte[] digits = new byte[MAX_DIGITS];
    private byte[] bytes = new byte[1024];
    private int length;

    /** Replaces the current entry. */
    CanonicalForm write(Entry entry) {
        Fact fact = entry.fact();
        length = 0;
        EffectiveTier effective = entry.effective();
        append(effective == null ? FIRST_FORM : SECOND_FORM);
        appendNumber(entry.seq());
        appendNumber(entry.id());
        appendText(fact.source());
        appendText(fact.sourceId());
        appendText(fact.pubkey().hex());
        appendText(fact.kind().code());
        appendText(fact.reason() == null ? null : fact.reason().code());
        appendNumber(fact.sats());
        appendNumber(fact.satsAbsorbed());
        appendNumberOrNull(fact.reverses());
        appendNumber(micros(fact.occurredAt()));
        appendBits(entry.delta());
        appendBits(entry.before().balance());
        appendBits(entry.after().balance());
        appendBits(entry.before().score());
        appendBits(entry.after().score());
        appendText(entry.before().tier().code());
        appendText(entry.after().tier().code());
        appendText(entry.policyVersion());
        appendNumber(micros(entry.scoredAt()));
        if (effective != null) {
            appendText(fact.lockedTier() == null ? null : fact.lockedTier().code());
            appendText(effective.tier().code());
            append(effective.blocked() ? TRUE : FALSE);
            appendNumberOrNull(effective.until() == null ? null : micros(effective.until()));
        }
        ensureCapacity(1)[length++] = ']';
        return this;
    }

    void update(MessageDigest digest) {
        digest.update(bytes, 0, length);
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Microseconds since 1970, the precision of the database. */
    private static long micros(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000);
    }

    private void appendText(@Nullable String text) {
        ensureCapacity(1)[length++] = ',';
        if (text == null) {
            append(NULL);
            return;
        }
        byte[] buffer = ensureCapacity(text.length() + 2);
        int escaped = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            escaped |= ESCAPED[Math.min(c, ESCAPED.length - 1)];
            buffer[length + 1 + i] = (byte) c;
        }
        if (escaped != 0) {
            // The JSON writer defines the escapes.
            append(Json.of(text).encode().getBytes(StandardCharsets.UTF_8));
            return;
        }
        buffer[length] = '"';
        buffer[length + 1 + text.length()] = '"';
        length += text.length() + 2;
    }

    private void appendNumberOrNull(@Nullable Long value) {
        if (value == null) {
            appendText(null);
        } else {
            appendNumber(value);
        }
    }

    private void appendNumber(long value) {
        // Negative, because Long.MIN_VALUE has no positive counterpart.
        long rest = value < 0 ? value : -value;
        int position = MAX_DIGITS;
        while (rest <= -10) {
            long hundredth = rest / 100;
            int pair = (int) (hundredth * 100 - rest) * 2;
            digits[--position] = DIGIT_PAIRS[pair + 1];
            digits[--position] = DIGIT_PAIRS[pair];
            rest = hundredth;
        }
        if (rest != 0 || value == 0) {
            digits[--position] = (byte) ('0' - rest);
        }
        if (value < 0) {
            digits[--position] = '-';
        }
        byte[] buffer = ensureCapacity(MAX_DIGITS + 1);
        buffer[length++] = ',';
        System.arraycopy(digits, position, buffer, length, MAX_DIGITS - position);
        length += MAX_DIGITS - position;
    }

    private void appendBits(double value) {
        long bits = Double.doubleToRawLongBits(value);
        byte[] buffer = ensureCapacity(19);
        buffer[length] = ',';
        buffer[length + 1] = '"';
        for (int position = length + 17; position > length + 1; position--) {
            buffer[position] = HEX[(int) bits & 0xf];
            bits >>>= 4;
        }
        buffer[length + 18] = '"';
        length += 19;
    }

    private void append(byte[] more) {
        System.arraycopy(more, 0, ensureCapacity(more.length), length, more.length);
        length += more.length;
    }

    /** The buffer, with space for more bytes. */
    private byte[] ensureCapacity(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
        return bytes;
    }
}
