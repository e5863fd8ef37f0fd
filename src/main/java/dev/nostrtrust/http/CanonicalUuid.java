package dev.nostrtrust.http;

import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses UUIDs in canonical form only; the JDK's parser also accepts shorter forms. */
public final class CanonicalUuid {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

    private CanonicalUuid() {}

    /** The UUID, or null where the text is not one. */
    public static @Nullable UUID parse(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return FORM.matcher(lower).matches() ? UUID.fromString(lower) : null;
    }
}
