package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.trust.model.Fact;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Everything that an entry's hash is taken over, in UTF-8: a JSON array without white space; times as microseconds
 * since 1970, doubles as the sixteen hexadecimal digits of their IEEE 754 bits. Written down in docs/ledger.md. Holds
 * one entry at a time; one thread.
 */
final class CanonicalForm {
    private static final byte[] BEGIN = "[\"nostr-trust-ledger-1\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_NUMBER = 20;

    /** 00 to 99: a division for two digits. */
    private static final byte[] PAIRS = new byte[200];

    /** Not zero for each character that is not itself in a JSON string of ASCII; the last is for all beyond. */
    private static final byte[] SELDOM = new byte[128];

    static {
        for (int n = 0; n < 100; n++) {
            PAIRS[2 * n] = (byte) ('0' + n / 10);
            PAIRS[2 * n + 1] = (byte) ('0' + n % 10);
        }
        for (int c = 0; c < SELDOM.length; c++) {
            SELDOM[c] = (byte) (c < ' ' || c > '~' || c == '"' || c == '\\' ? 1 : 0);
        }
    }

    private final byte[] digits = new byte[LONGEST_NUMBER];
    private byte[] bytes = new byte[1024];
    private int length;

    /** Puts an entry in the place of the one before. */
    CanonicalForm write(Entry entry) {
        Fact fact = entry.fact();
        length = 0;
        append(BEGIN);
        number(entry.seq());
        number(entry.id());
        text(fact.source());
        text(fact.sourceId());
        text(fact.pubkey().hex());
        text(fact.kind().code());
        text(fact.reason() == null ? null : fact.reason().code());
        number(fact.sats());
        number(fact.satsAbsorbed());
        if (fact.reverses() == null) {
            text(null);
        } else {
            number(fact.reverses());
        }
        number(EpochMicros.of(fact.occurredAt()));
        bits(entry.delta());
        bits(entry.before().balance());
        bits(entry.after().balance());
        bits(entry.before().score());
        bits(entry.after().score());
        text(entry.before().tier().code());
        text(entry.after().tier().code());
        text(entry.policyVersion());
        number(EpochMicros.of(entry.scoredAt()));
        room(1)[length++] = ']';
        return this;
    }

    void feed(MessageDigest digest) {
        digest.update(bytes, 0, length);
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private void text(@Nullable String text) {
        room(1)[length++] = ',';
        if (text == null) {
            append(NULL);
            return;
        }
        byte[] out = room(text.length() + 2);
        int seldom = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            seldom |= SELDOM[Math.min(c, SELDOM.length - 1)];
            out[length + 1 + i] = (byte) c;
        }
        if (seldom != 0) {
            // There is one way to escape: that of the JSON writer.
            append(Json.of(text).encode().getBytes(StandardCharsets.UTF_8));
            return;
        }
        out[length] = '"';
        out[length + 1 + text.length()] = '"';
        length += text.length() + 2;
    }

    private void number(long value) {
        // Below zero throughout, since the least number has no opposite.
        long rest = value < 0 ? value : -value;
        int at = LONGEST_NUMBER;
        while (rest <= -10) {
            long hundredth = rest / 100;
            int pair = (int) (hundredth * 100 - rest) * 2;
            digits[--at] = PAIRS[pair + 1];
            digits[--at] = PAIRS[pair];
            rest = hundredth;
        }
        if (rest != 0 || value == 0) {
            digits[--at] = (byte) ('0' - rest);
        }
        if (value < 0) {
            digits[--at] = '-';
        }
        byte[] out = room(LONGEST_NUMBER + 1);
        out[length++] = ',';
        System.arraycopy(digits, at, out, length, LONGEST_NUMBER - at);
        length += LONGEST_NUMBER - at;
    }

    private void bits(double value) {
        long bits = Double.doubleToRawLongBits(value);
        byte[] out = room(19);
        out[length] = ',';
        out[length + 1] = '"';
        for (int at = length + 17; at > length + 1; at--) {
            out[at] = HEX[(int) bits & 0xf];
            bits >>>= 4;
        }
        out[length + 18] = '"';
        length += 19;
    }

    private void append(byte[] more) {
        System.arraycopy(more, 0, room(more.length), length, more.length);
        length += more.length;
    }

    /** The bytes, with room for so many more. */
    private byte[] room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
        return bytes;
    }
}
