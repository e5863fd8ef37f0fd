package dev.nostrtrust;

import dev.nostrtrust.nostr.Sha256;
import java.util.Base64;

/** Keys for tests; to ask for one starts no server. */
public final class TestKeys {
    private TestKeys() {}

    /** 32 bytes that look random and are the same each time, in base64. */
    public static String key(int value) {
        return Base64.getEncoder().encodeToString(Sha256.of("test key " + value));
    }
}
