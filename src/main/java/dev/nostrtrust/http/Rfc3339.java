package dev.nostrtrust.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times in the form of RFC 3339. */
final class Rfc3339 {
    private static final Pattern FORM =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)");

    private Rfc3339() {}

    /** Parses a time, truncated to microseconds; null for any other text. */
    static @Nullable Instant parse(String text) {
        try {
            return FORM.matcher(text).matches()
                    ? OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS)
                    : null;
        } catch (DateTimeException notATime) {
            return null;
        }
    }
}
