package dev.nostrtrust.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.spi.Converter;

/** Parses the text of one setting by its type, and finds misspelled names. Pure. */
final class SettingParser {
    /** A name in the environment with at most this distance from a setting is a misspelled setting. */
    private static final int MISSPELLED = 2;

    /** Names with at most this distance are suggested. */
    private static final int SIMILAR = 3;

    private SettingParser() {}

    /** Converts {@code 500ms}, {@code 10s}, {@code 5m}, {@code 1h} or {@code 30d} to a positive duration. */
    static final class DurationConverter implements Converter<Duration> {
        private static final long serialVersionUID = 1L;
        private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

        @Override
        public Duration convert(String text) {
            Matcher form = FORM.matcher(text.strip());
            if (!form.matches() || Long.parseLong(form.group(1)) == 0) {
                throw new IllegalArgumentException(
                        "must be a time such as 500ms, 10s, 5m, 1h or 30d, not \"" + text + "\"");
            }
            long amount = Long.parseLong(form.group(1));
            return switch (form.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        }
    }

    /**
     * The canonical text of a value.
     *
     * @throws IllegalArgumentException with the expected form, to be printed after the name of the setting
     */
    static String canonical(Type type, String text) {
        if (type instanceof ParameterizedType several) {
            return several.getRawType() == List.class ? wholeNumbers(text) : text;
        }
        if (type == boolean.class) {
            return bool(text);
        }
        if (type == int.class) {
            return wholeNumber(text);
        }
        if (type == Duration.class) {
            new DurationConverter().convert(text);
            return text;
        }
        if (type instanceof Class<?> choices && choices.isEnum()) {
            return choice(choices, text);
        }
        if (text.isEmpty()) {
            throw new IllegalArgumentException("must be set");
        }
        return text;
    }

    /** Any other word is refused: read as false, a typing error would turn a feature off. */
    private static String bool(String text) {
        String value = text.toLowerCase(Locale.ROOT);
        if (!value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException("must be true or false, not \"" + text + "\"");
        }
        return value;
    }

    private static String wholeNumber(String text) {
        try {
            return Integer.toString(Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a whole number, not \"" + text + "\"", e);
        }
    }

    private static String wholeNumbers(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(number -> wholeNumber(number.strip()))
                .collect(Collectors.joining(","));
    }

    private static String choice(Class<?> choices, String text) {
        List<String> names =
                Arrays.stream(choices.getEnumConstants()).map(Object::toString).toList();
        return names.stream()
                .filter(name -> name.equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("must be one of "
                        + String.join(", ", names).toLowerCase(Locale.ROOT) + "; not \"" + text + "\""));
    }

    /** One problem for each unknown name in a file, with the most similar known name. */
    static List<String> unknownNames(String file, Collection<String> names, Collection<String> known) {
        return names.stream()
                .filter(name -> !known.contains(name))
                .sorted()
                .map(name -> file + " has the unknown setting " + printable(name) + meant(name, known))
                .toList();
    }

    /** One problem for each name in the environment that begins like a setting and is close to one. */
    static List<String> misspelledNames(Collection<String> names, Collection<String> known) {
        Set<String> beginnings = known.stream().map(SettingParser::firstWord).collect(Collectors.toSet());
        return names.stream()
                .filter(name -> !known.contains(name) && beginnings.contains(firstWord(name)))
                .filter(name -> known.stream().anyMatch(setting -> distance(name, setting) <= MISSPELLED))
                .sorted()
                .map(name -> "the environment has the unknown setting " + printable(name) + meant(name, known))
                .toList();
    }

    private static String firstWord(String name) {
        int end = name.indexOf('_');
        return end < 0 ? name : name.substring(0, end);
    }

    /** A name that looks like part of a secret is not printed: a key that is broken over lines parses as a name. */
    private static String printable(String name) {
        return name.matches("[A-Z][A-Z_]{0,39}|[a-z][a-z_.-]{0,39}") ? name : "(name not shown)";
    }

    private static String meant(String name, Collection<String> known) {
        String upper = name.toUpperCase(Locale.ROOT);
        return known.stream()
                .min(Comparator.comparingInt(candidate -> distance(upper, candidate)))
                .filter(nearest -> distance(upper, nearest) <= SIMILAR)
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse("");
    }

    /** The Levenshtein distance of two names. */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int column = 0; column < row.length; column++) {
            row[column] = column;
        }
        for (int line = 1; line <= from.length(); line++) {
            int diagonal = row[0];
            row[0] = line;
            for (int column = 1; column < row.length; column++) {
                int replaced = diagonal + (from.charAt(line - 1) == to.charAt(column - 1) ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.min(replaced, 1 + Math.min(row[column], row[column - 1]));
            }
        }
        return row[to.length()];
    }
}
