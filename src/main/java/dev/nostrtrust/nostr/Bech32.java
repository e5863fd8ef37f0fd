package dev.nostrtrust.nostr;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Bech32 (BIP-173) without the limit of 90 characters, as in NIP-19. */
final class Bech32 {
    private static final String ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private static final int[] GENERATOR = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    private static final int CHECKSUM_LENGTH = 6;
    static final int MAX_LENGTH = 5000;

    private Bech32() {}

    static String encode(String prefix, byte[] data) {
        byte[] words = regroup(data, 8, 5, true);
        int checksum = polymod(prefix, words, CHECKSUM_LENGTH) ^ 1;
        StringBuilder text = new StringBuilder(prefix).append('1');
        for (byte word : words) {
            text.append(ALPHABET.charAt(word));
        }
        for (int i = 0; i < CHECKSUM_LENGTH; i++) {
            text.append(ALPHABET.charAt((checksum >> (5 * (CHECKSUM_LENGTH - 1 - i))) & 31));
        }
        return text.toString();
    }

    /**
     * Decodes a text with this prefix. Returns null for another prefix, a wrong checksum, mixed case, characters
     * outside the alphabet, invalid padding, or more than {@value #MAX_LENGTH} characters.
     */
    static byte @Nullable [] decode(String prefix, String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        boolean mixed = !text.equals(lower) && !text.equals(text.toUpperCase(Locale.ROOT));
        // The lower case of some non-ASCII characters is ASCII.
        boolean ascii = text.chars().allMatch(c -> c < 0x80);
        int start = prefix.length() + 1;
        if (mixed || !ascii || text.length() > MAX_LENGTH || !lower.startsWith(prefix + "1")) {
            return null;
        }
        byte[] words = new byte[lower.length() - start];
        for (int i = 0; i < words.length; i++) {
            int word = ALPHABET.indexOf(lower.charAt(start + i));
            if (word < 0) {
                return null;
            }
            words[i] = (byte) word;
        }
        if (words.length < CHECKSUM_LENGTH || polymod(prefix, words, 0) != 1) {
            return null;
        }
        byte[] payload = Arrays.copyOf(words, words.length - CHECKSUM_LENGTH);
        byte[] data = regroup(payload, 5, 8, false);
        return Arrays.equals(regroup(data, 8, 5, true), payload) ? data : null;
    }

    private static int polymod(String prefix, byte[] words, int zeros) {
        int sum = 1;
        byte[] chars = prefix.getBytes(StandardCharsets.US_ASCII);
        for (byte c : chars) {
            sum = step(sum, (c & 0xff) >> 5);
        }
        sum = step(sum, 0);
        for (byte c : chars) {
            sum = step(sum, c & 31);
        }
        for (byte word : words) {
            sum = step(sum, word);
        }
        for (int i = 0; i < zeros; i++) {
            sum = step(sum, 0);
        }
        return sum;
    }

    private static int step(int sum, int word) {
        int top = sum >>> 25;
        int next = ((sum & 0x1ffffff) << 5) ^ word;
        for (int generator : GENERATOR) {
            if ((top & 1) == 1) {
                next ^= generator;
            }
            top >>= 1;
        }
        return next;
    }

    /** Regroups bits. Fills an incomplete last group with zeros, or drops it. */
    private static byte[] regroup(byte[] in, int from, int to, boolean fill) {
        int bits = in.length * from;
        byte[] out = new byte[(fill ? bits + to - 1 : bits) / to];
        for (int i = 0; i < Math.min(bits, out.length * to); i++) {
            int bit = (in[i / from] >> (from - 1 - i % from)) & 1;
            out[i / to] |= (byte) (bit << (to - 1 - i % to));
        }
        return out;
    }
}
