package dev.nostrtrust.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads exactly one JSON value. Refuses invalid UTF-8, a byte order mark, encoded or lone surrogates, duplicate keys,
 * numbers of more than {@value #MAX_NUMBER_LENGTH} characters, and more than {@value #MAX_DEPTH} levels. Pure; any
 * thread.
 */
final class JsonReader {
    /** Maximum nesting depth of arrays and objects. */
    public static final int MAX_DEPTH = 64;

    /** Maximum length of a number, in characters. */
    public static final int MAX_NUMBER_LENGTH = 100;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH + 1)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private JsonReader() {}

    /**
     * Reads bytes as UTF-8.
     *
     * @throws ApiError {@code invalid_json}, for whatever is not one well-formed value
     */
    static Json read(byte[] utf8) {
        try {
            return read(StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(utf8))
                    .toString());
        } catch (CharacterCodingException e) {
            throw invalid("The text is not valid UTF-8.");
        }
    }

    /**
     * Reads text.
     *
     * @throws ApiError {@code invalid_json}, for whatever is not one well-formed value
     */
    static Json read(String text) {
        if (text.startsWith("\ufeff")) {
            throw invalid("The text begins with a byte order mark.");
        }
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() == null) {
                throw invalid("The text is empty.");
            }
            Json value = value(parser, 0);
            if (parser.nextToken() != null) {
                throw invalid("The text continues after the JSON value.");
            }
            return value;
        } catch (IOException e) {
            throw invalid("The text is not well-formed JSON.");
        }
    }

    private static Json value(JsonParser parser, int depth) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw invalid("The text ends before the JSON value is complete.");
        }
        return switch (token) {
            case START_OBJECT -> object(parser, deeper(depth));
            case START_ARRAY -> array(parser, deeper(depth));
            case VALUE_STRING -> new Json.Str(wellFormed(parser.getText()));
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText());
            case VALUE_TRUE -> new Json.Bool(true);
            case VALUE_FALSE -> new Json.Bool(false);
            case VALUE_NULL -> Json.Null.NULL;
            case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                throw invalid("The text is not well-formed JSON.");
        };
    }

    private static int deeper(int depth) {
        if (depth == MAX_DEPTH) {
            throw invalid("Arrays and objects nest more than " + MAX_DEPTH + " levels deep.");
        }
        return depth + 1;
    }

    private static Json.Num number(String literal) {
        if (literal.length() > MAX_NUMBER_LENGTH) {
            throw invalid("A number has more than " + MAX_NUMBER_LENGTH + " characters.");
        }
        return new Json.Num(literal);
    }

    private static Json.Obj object(JsonParser parser, int depth) throws IOException {
        Map<String, Json> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = wellFormed(parser.currentName());
            parser.nextToken();
            if (members.put(name, value(parser, depth)) != null) {
                throw invalid("An object has a duplicate key.");
            }
        }
        return new Json.Obj(members);
    }

    private static Json.Arr array(JsonParser parser, int depth) throws IOException {
        List<Json> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(parser, depth));
        }
        return new Json.Arr(items);
    }

    /** Refuses lone surrogates: JavaScript hashes them as an escape, Java as a question mark. */
    private static String wellFormed(String text) {
        int at = 0;
        while (at < text.length()) {
            // A code point in the surrogate range is a lone surrogate.
            int codePoint = text.codePointAt(at);
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                throw invalid("A string contains a lone surrogate.");
            }
            at += Character.charCount(codePoint);
        }
        return text;
    }

    private static ApiError invalid(String detail) {
        return ApiError.of(ErrorCode.INVALID_JSON, detail);
    }
}
