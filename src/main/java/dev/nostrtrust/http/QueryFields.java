package dev.nostrtrust.http;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.Violation;
import io.vertx.core.MultiMap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads query parameters and collects all violations, which {@link #check} reports at once. */
public final class QueryFields {
    private static final Pattern PUBLIC_KEY = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,15}(\\.\\d{1,15})?");

    private final MultiMap query;
    private final Set<String> known = new HashSet<>();
    private final List<Violation> violations = new ArrayList<>();

    QueryFields(MultiMap query) {
        this.query = query;
    }

    public long integer(String name, long fallback, long min, long max) {
        String text = text(name);
        if (text == null) {
            return fallback;
        }
        try {
            long value = Long.parseLong(text);
            if (text.matches("-?\\d+") && value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException notAnInteger) {
            // Reported below, together with integers out of range.
        }
        reject(name, "An integer from " + min + " to " + max + " is expected.");
        return fallback;
    }

    /** A UUID; null if the parameter is missing. */
    public @Nullable UUID uuid(String name) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        UUID uuid = CanonicalUuid.parse(text);
        if (uuid == null) {
            reject(name, "A UUID is expected.");
        }
        return uuid;
    }

    /** A finite number; null if the parameter is missing. */
    public @Nullable Double number(String name) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        if (!NUMBER.matcher(text).matches()) {
            reject(name, "A number is expected.");
            return null;
        }
        return Double.valueOf(text);
    }

    /** A time in the form of RFC 3339; null if the parameter is missing. */
    public @Nullable Instant time(String name) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        Instant time = Rfc3339.parse(text);
        if (time == null) {
            reject(name, "A time such as 2026-01-01T00:00:00Z is expected.");
        }
        return time;
    }

    /** A text of 1 to this many UTF-16 code units; null if the parameter is missing. */
    public @Nullable String optionalText(String name, int maxLength) {
        String text = text(name);
        // PostgreSQL cannot store U+0000.
        if (text != null && (text.isEmpty() || text.length() > maxLength || text.indexOf(0) >= 0)) {
            reject(name, "A text of 1 to " + maxLength + " characters is expected.");
        }
        return text;
    }

    /** A public key in hex; null if the parameter is missing. */
    public @Nullable String publicKey(String name) {
        String text = text(name);
        if (text != null && !PUBLIC_KEY.matcher(text).matches()) {
            reject(name, "A public key as 64 lower-case hexadecimal digits is expected.");
        }
        return text;
    }

    /** True or false; null if the parameter is missing. */
    public @Nullable Boolean optionalFlag(String name) {
        String choice = choice(name, "", List.of("true", "false"));
        return choice.isEmpty() ? null : Boolean.valueOf(choice);
    }

    public boolean flag(String name) {
        return "true".equals(choice(name, "false", List.of("true", "false")));
    }

    public String choice(String name, String fallback, List<String> choices) {
        String text = text(name);
        if (text == null) {
            return fallback;
        }
        if (!choices.contains(text)) {
            reject(name, "One of " + String.join(", ", choices) + " is expected.");
            return fallback;
        }
        return text;
    }

    /**
     * Refuses the query if it has violations.
     *
     * @throws ApiError {@code invalid_request} with every violation
     */
    public void check() {
        for (String name : query.names()) {
            if (!known.contains(name)) {
                reject(name, "This parameter is unknown. Remove it.");
            }
        }
        if (!violations.isEmpty()) {
            throw ApiError.invalid(violations);
        }
    }

    private @Nullable String text(String name) {
        known.add(name);
        List<String> all = query.getAll(name);
        if (all.size() > 1) {
            reject(name, "This parameter occurs more than once.");
        }
        return all.isEmpty() ? null : all.get(0);
    }

    private void reject(String name, String message) {
        violations.add(new Violation("query." + name, message));
    }
}
