package dev.nostrtrust;

import java.util.Arrays;
import java.util.Base64;

/** Keys for tests; to ask for one starts no server. */
public final class TestKeys {
    private TestKeys() {}

    /** 32 bytes of one value, in base64. */
    public static String key(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
