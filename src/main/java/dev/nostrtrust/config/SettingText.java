package dev.nostrtrust.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The text of one setting, read as strictly as its type allows. Pure. */
final class SettingText {
    private static final Durations DURATIONS = new Durations();

    private SettingText() {}

    /**
     * The text in the one way of writing that says the same.
     *
     * @throws IllegalArgumentException saying what it has to be, to be read after the name of the setting
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
            DURATIONS.convert(text);
            return text;
        }
        if (type instanceof Class<?> choices && choices.isEnum()) {
            return choice(choices, text);
        }
        if (text.isEmpty()) {
            throw new IllegalArgumentException("has to be set");
        }
        return text;
    }

    /** To take a word that is not understood for "no" would turn off what somebody wanted on. */
    private static String bool(String text) {
        String value = text.toLowerCase(Locale.ROOT);
        if (!value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException("has to be true or false, not \"" + text + "\"");
        }
        return value;
    }

    private static String wholeNumber(String text) {
        try {
            return Integer.toString(Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("has to be a whole number, not \"" + text + "\"", e);
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
                .orElseThrow(() -> new IllegalArgumentException("has to be one of "
                        + String.join(", ", names).toLowerCase(Locale.ROOT) + "; not \"" + text + "\""));
    }
}
