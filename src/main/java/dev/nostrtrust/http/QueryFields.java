package dev.nostrtrust.http;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.Violation;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads query parameters and collects all violations, which {@link #check} reports at once. */
public final class QueryFields {
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
