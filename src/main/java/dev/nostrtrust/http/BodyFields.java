package dev.nostrtrust.http;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.Violation;
import dev.nostrtrust.json.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a JSON body and collects all violations, which {@link #check} reports at once. An invalid field
 * yields a placeholder value, which never passes the check. A field that was not read is unknown and a violation.
 */
public final class BodyFields {
    private final Json.Obj body;
    private final Set<String> known = new HashSet<>();
    private final List<Violation> violations = new ArrayList<>();

    private BodyFields(Json.Obj body) {
        this.body = body;
    }

    /**
     * Starts to read a body.
     *
     * @throws ApiError {@code invalid_request} if the body is not an object
     */
    public static BodyFields of(Json json) {
        if (json instanceof Json.Obj object) {
            return new BodyFields(object);
        }
        throw ApiError.invalid(List.of(new Violation("", "The body must be a JSON object.")));
    }

    public Json.Obj object(String name) {
        if (read(name) instanceof Json.Obj object) {
            return object;
        }
        reject(name, "A JSON object is required.");
        return Json.object().build();
    }

    /** A value of any type; null if the field is missing. */
    public @Nullable Json optional(String name) {
        return read(name);
    }

    public @Nullable String optionalString(String name, int maxLength) {
        Json value = read(name);
        if (value == null || value == Json.Null.NULL) {
            return null;
        }
        if (value instanceof Json.Str string && fits(string.value(), maxLength)) {
            return string.value();
        }
        reject(name, "A string of 1 to " + maxLength + " characters is expected.");
        return null;
    }

    public String string(String name, int maxLength) {
        String value = optionalString(name, maxLength);
        if (value == null && !violated(name)) {
            reject(name, "A string of 1 to " + maxLength + " characters is required.");
        }
        return value == null ? "" : value;
    }

    /** A list of strings, each of 1 to a number of characters. */
    public List<String> strings(String name, int maxSize, int maxLength) {
        List<String> strings = new ArrayList<>();
        if (read(name) instanceof Json.Arr array
                && !array.items().isEmpty()
                && array.items().size() <= maxSize) {
            for (Json item : array.items()) {
                if (item instanceof Json.Str string && fits(string.value(), maxLength)) {
                    strings.add(string.value());
                } else {
                    reject(
                            name + "[" + strings.size() + "]",
                            "A string of 1 to " + maxLength + " characters is expected.");
                    return List.of();
                }
            }
            return strings;
        }
        reject(name, "A list of 1 to " + maxSize + " strings is required.");
        return List.of();
    }

    public long integer(String name, long min, long max) {
        Long value = optionalInteger(name, min, max);
        if (value == null && !violated(name)) {
            reject(name, "An integer from " + min + " to " + max + " is required.");
        }
        return value == null ? min : value;
    }

    public @Nullable Long optionalInteger(String name, long min, long max) {
        Json value = read(name);
        if (value == null || value == Json.Null.NULL) {
            return null;
        }
        Long integer = value instanceof Json.Num number ? number.integer(min, max) : null;
        if (integer == null) {
            reject(name, "An integer from " + min + " to " + max + " is expected.");
        }
        return integer;
    }

    public boolean flag(String name, boolean fallback) {
        Json value = read(name);
        if (value instanceof Json.Bool bool) {
            return bool.value();
        }
        if (value != null && value != Json.Null.NULL) {
            reject(name, "true or false is expected.");
        }
        return fallback;
    }

    /** A time (RFC 3339), truncated to microseconds; null if the field is missing. */
    public @Nullable Instant optionalTime(String name) {
        String text = optionalString(name, 40);
        if (text == null) {
            return null;
        }
        Instant time = Rfc3339.parse(text);
        if (time == null) {
            reject(name, "A time such as 2026-01-01T00:00:00Z is expected.");
        }
        return time;
    }

    /** Adds a violation. */
    public void reject(String name, String message) {
        violations.add(new Violation(name, message));
    }

    /** The body as JSON without one field. A repeated request is compared by this text. */
    public String encodeWithout(String omitted) {
        Json.Obj.Builder rest = Json.object();
        body.members().forEach((name, value) -> {
            if (!name.equals(omitted)) {
                rest.put(name, value);
            }
        });
        return rest.build().encode();
    }

    /**
     * Refuses the body if it has violations.
     *
     * @throws ApiError {@code invalid_request} with every violation
     */
    public void check() {
        for (String name : body.members().keySet()) {
            if (!known.contains(name)) {
                reject(name, "This field is unknown. Remove it.");
            }
        }
        if (!violations.isEmpty()) {
            throw ApiError.invalid(violations);
        }
    }

    private @Nullable Json read(String name) {
        known.add(name);
        return body.get(name);
    }

    /** Checks the length, and refuses U+0000, which PostgreSQL cannot store. */
    private static boolean fits(String text, int maxLength) {
        return !text.isEmpty() && text.length() <= maxLength && text.indexOf(0) < 0;
    }

    private boolean violated(String name) {
        return violations.stream().anyMatch(violation -> violation.field().equals(name));
    }
}
