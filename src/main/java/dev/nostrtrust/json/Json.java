package dev.nostrtrust.json;

import dev.nostrtrust.error.ApiError;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable JSON value. A number keeps its literal, so 27235.0, 1e3 and 2^64+1 are preserved. The caller converts it
 * to an integer explicitly.
 */
public sealed interface Json {

    /** The kinds of value, for exhaustive switches. */
    enum Kind {
        OBJECT,
        ARRAY,
        STRING,
        NUMBER,
        BOOL,
        NULL,
        RAW
    }

    Kind kind();

    /** Serializes the value without white space, with the escapes of JSON.stringify. */
    default String encode() {
        return JsonWriter.write(this);
    }

    /**
     * Parses a JSON text.
     *
     * @throws ApiError {@code invalid_json}
     */
    static Json parse(byte[] utf8) {
        return JsonReader.read(utf8);
    }

    /** Parses a JSON text; see {@link #parse(byte[])}. */
    static Json parse(String text) {
        return JsonReader.read(text);
    }

    static Str of(String value) {
        return new Str(value);
    }

    static Num of(long value) {
        return new Num(Long.toString(value));
    }

    static Num of(double value) {
        return Num.of(value);
    }

    static Bool of(boolean value) {
        return new Bool(value);
    }

    /** A string, or JSON null for null. */
    static Json ofNullable(@Nullable String value) {
        return value == null ? Null.NULL : new Str(value);
    }

    static Obj.Builder object() {
        return new Obj.Builder();
    }

    static Arr array(List<? extends Json> items) {
        return new Arr(List.copyOf(items));
    }

    static Arr strings(List<String> items) {
        return new Arr(items.stream().<Json>map(Str::new).toList());
    }

    /**
     * An object. Members keep their order.
     *
     * @param members must not be changed afterwards
     */
    record Obj(Map<String, Json> members) implements Json {
        public Obj {
            members = Collections.unmodifiableMap(members);
        }

        public @Nullable Json get(String name) {
            return members.get(name);
        }

        @Override
        public Kind kind() {
            return Kind.OBJECT;
        }

        /** Builds an object; used once. */
        public static final class Builder {
            private final Map<String, Json> members = new LinkedHashMap<>();

            private Builder() {}

            public Builder put(String name, Json value) {
                members.put(name, value);
                return this;
            }

            public Builder put(String name, @Nullable String value) {
                return put(name, ofNullable(value));
            }

            public Builder put(String name, long value) {
                return put(name, of(value));
            }

            public Builder put(String name, double value) {
                return put(name, of(value));
            }

            public Builder put(String name, boolean value) {
                return put(name, of(value));
            }

            public Builder put(String name, @Nullable Long value) {
                return put(name, value == null ? Null.NULL : of(value.longValue()));
            }

            /** Puts a time in ISO 8601 at UTC, or JSON null. */
            public Builder put(String name, java.time.@Nullable Instant value) {
                return put(name, value == null ? null : value.toString());
            }

            public Obj build() {
                return new Obj(members);
            }
        }
    }

    /**
     * An array.
     *
     * @param items must not be changed afterwards
     */
    record Arr(List<Json> items) implements Json {
        public Arr {
            items = Collections.unmodifiableList(items);
        }

        @Override
        public Kind kind() {
            return Kind.ARRAY;
        }
    }

    /** A string without lone surrogates. */
    record Str(String value) implements Json {
        @Override
        public Kind kind() {
            return Kind.STRING;
        }
    }

    /** A number literal in the grammar of RFC 8259. */
    record Num(String literal) implements Json {
        /**
         * A finite double. Integers below 10^15 have no fraction.
         *
         * @throws IllegalArgumentException for NaN and infinities, which JSON does not have
         */
        static Num of(double value) {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("JSON has no number for " + value);
            }
            return value == Math.rint(value) && Math.abs(value) < 1e15
                    ? new Num(Long.toString((long) value))
                    : new Num(Double.toString(value));
        }

        /** Whether the literal is an integer without fraction and exponent. "-0" is not. */
        public boolean isInteger() {
            int start = literal.startsWith("-") ? 1 : 0;
            for (int i = start; i < literal.length(); i++) {
                if (literal.charAt(i) < '0' || literal.charAt(i) > '9') {
                    return false;
                }
            }
            return !literal.equals("-0");
        }

        /** The integer between min and max (inclusive); null for any other number. */
        public @Nullable Long integer(long min, long max) {
            if (!isInteger() || literal.length() > 20) {
                return null;
            }
            try {
                long value = Long.parseLong(literal);
                return value >= min && value <= max ? value : null;
            } catch (NumberFormatException beyondLong) {
                return null;
            }
        }

        @Override
        public Kind kind() {
            return Kind.NUMBER;
        }
    }

    record Bool(boolean value) implements Json {
        @Override
        public Kind kind() {
            return Kind.BOOL;
        }
    }

    /** Text from {@link #encode}; written unchanged and not parsed. */
    record Raw(String text) implements Json {
        @Override
        public Kind kind() {
            return Kind.RAW;
        }
    }

    enum Null implements Json {
        NULL;

        @Override
        public Kind kind() {
            return Kind.NULL;
        }
    }
}
