package dev.nostrtrust.nostr;

import java.util.HexFormat;

/** Lower-case hexadecimal, the only form that Nostr knows. The JDK's parser would let upper case in. */
public final class Hex {
    private static final HexFormat FORMAT = HexFormat.of();

    /** Not zero for each character that is no digit; the last one stands for all beyond. */
    private static final byte[] NO_DIGIT = new byte[128];

    static {
        for (int c = 0; c < NO_DIGIT.length; c++) {
            NO_DIGIT[c] = (byte) ("0123456789abcdef".indexOf(c) < 0 ? 1 : 0);
        }
    }

    private Hex() {}

    /** Whether the text is exactly this many lower-case hexadecimal digits. */
    public static boolean isHex(String text, int digits) {
        if (text.length() != digits) {
            return false;
        }
        // Whether the next digit is a letter cannot be guessed, so the processor is not asked to: no branches.
        int wrong = 0;
        for (int i = 0; i < digits; i++) {
            wrong |= NO_DIGIT[Math.min(text.charAt(i), NO_DIGIT.length - 1)];
        }
        return wrong == 0;
    }

    public static byte[] decode(String hex) {
        return FORMAT.parseHex(hex);
    }

    public static String encode(byte[] bytes) {
        return FORMAT.formatHex(bytes);
    }
}
