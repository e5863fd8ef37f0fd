package dev.nostrtrust.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A line of {@code name=value} words. Values have no white space. */
record Words(Map<String, String> values) {

    static Words parse(String line) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String word : line.strip().split(" ", -1)) {
            int equals = word.indexOf('=');
            values.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return new Words(values);
    }

    /** The same words and one more, or another value of one. */
    Words with(String name, Object value) {
        Map<String, String> more = new LinkedHashMap<>(values);
        more.put(name, value.toString());
        return new Words(more);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing in: " + this);
        }
        return value;
    }

    int integer(String name) {
        return Integer.parseInt(text(name));
    }

    double number(String name) {
        return Double.parseDouble(text(name));
    }

    @Override
    public String toString() {
        return values.entrySet().stream().map(Object::toString).collect(Collectors.joining(" "));
    }
}
