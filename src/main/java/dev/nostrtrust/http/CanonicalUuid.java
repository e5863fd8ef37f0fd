package dev.nostrtrust.http;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Parses UUIDs in canonical form only; the JDK's parser also accepts shorter forms. */
public final class CanonicalUuid {
    private static final int LENGTH = 36;

    private CanonicalUuid() {}

    /** The UUID, or null where the text is not one. */
    public static @Nullable UUID parse(String text) {
        if (text.length() != LENGTH) {
            return null;
        }
        try {
            UUID uuid = UUID.fromString(text);
            return uuid.toString().equalsIgnoreCase(text) ? uuid : null;
        } catch (IllegalArgumentException notAUuid) {
            return null;
        }
    }
}
