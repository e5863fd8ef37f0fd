package dev.nostrtrust.nostr;

import java.util.HexFormat;

/** Lower-case hexadecimal, the only form in Nostr. The JDK's parser also accepts upper case. */
public final class Hex {
    private static final HexFormat FORMAT = HexFormat.of();

    private Hex() {}

    /** Whether the text is exactly this many lower-case hexadecimal digits. */
    public static boolean isHex(String text, int digits) {
        if (text.length() != digits) {
            return false;
        }
        for (int i = 0; i < digits; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    public static byte[] decode(String hex) {
        return FORMAT.parseHex(hex);
    }

    public static String encode(byte[] bytes) {
        return FORMAT.formatHex(bytes);
    }
}
