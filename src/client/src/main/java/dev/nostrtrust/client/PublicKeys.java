package dev.nostrtrust.client;

import java.util.HexFormat;
import java.util.Locale;

/** Converts public keys to hex, so that one key has one name. Pure. */
final class PublicKeys {
    private static final String ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private static final int[] GENERATOR = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    private static final int HEX_DIGITS = 64;
    private static final String NPUB = "npub";
    /** 32 bytes in digits of 5 bits, and six digits of checksum. */
    private static final int NPUB_DIGITS = 52 + 6;

    private PublicKeys() {}

    /**
     * The key in lower-case hex.
     *
     * @param text 64 hexadecimal digits in lower case, or an npub (NIP-19)
     * @throws IllegalArgumentException if it is neither; the message does not contain the text
     */
    static String hex(String text) {
        if (text.length() == HEX_DIGITS && text.chars().allMatch(PublicKeys::isHexDigit)) {
            return text;
        }
        boolean mixedCase = !text.equals(text.toLowerCase(Locale.ROOT)) && !text.equals(text.toUpperCase(Locale.ROOT));
        String npub = text.toLowerCase(Locale.ROOT);
        if (mixedCase || !npub.startsWith(NPUB + "1") || npub.length() != NPUB.length() + 1 + NPUB_DIGITS) {
            throw new IllegalArgumentException("a public key is 64 lower-case hexadecimal digits or an npub");
        }
        int[] digits =
                npub.substring(NPUB.length() + 1).chars().map(ALPHABET::indexOf).toArray();
        if (checksum(digits) != 1) {
            throw new IllegalArgumentException("the npub has a wrong checksum");
        }
        return HexFormat.of().formatHex(bytes(digits));
    }

    private static boolean isHexDigit(int c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }

    /** The checksum of BIP-173: 1 for a valid text. */
    private static int checksum(int[] digits) {
        int checksum = 1;
        for (int i = 0; i < NPUB.length(); i++) {
            checksum = step(checksum, NPUB.charAt(i) >> 5);
        }
        checksum = step(checksum, 0);
        for (int i = 0; i < NPUB.length(); i++) {
            checksum = step(checksum, NPUB.charAt(i) & 31);
        }
        for (int digit : digits) {
            if (digit < 0) {
                return 0;
            }
            checksum = step(checksum, digit);
        }
        return checksum;
    }

    private static int step(int checksum, int value) {
        int top = checksum >>> 25;
        int next = (checksum & 0x1ffffff) << 5 ^ value;
        for (int i = 0; i < GENERATOR.length; i++) {
            next ^= (top >> i & 1) == 1 ? GENERATOR[i] : 0;
        }
        return next;
    }

    private static byte[] bytes(int[] digits) {
        byte[] bytes = new byte[HEX_DIGITS / 2];
        int bits = 0;
        int value = 0;
        int at = 0;
        for (int i = 0; at < bytes.length; i++) {
            value = value << 5 | digits[i];
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                bytes[at++] = (byte) (value >> bits);
            }
        }
        return bytes;
    }
}
