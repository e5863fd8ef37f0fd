package dev.nostrtrust.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SegmentedStringWriter;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * Writes a value without white space and with the escapes of JavaScript's JSON.stringify, which event ids require
 * (NIP-01): seven short escapes, other control characters as lower-case six-character escapes, everything else
 * verbatim.
 */
final class JsonWriter {
    // Two defaults of the library change ids: upper-case hex in escapes, disabled here, and escaped surrogate pairs in
    // byte output. This class writes characters.
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private JsonWriter() {}

    static String write(Json value) {
        try (SegmentedStringWriter out = new SegmentedStringWriter(FACTORY._getBufferRecycler())) {
            try (JsonGenerator generator = FACTORY.createGenerator(out)) {
                write(value, generator);
            }
            return out.getAndClear();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Json value, JsonGenerator out) throws IOException {
        switch (value.kind()) {
            case OBJECT -> {
                out.writeStartObject();
                for (Map.Entry<String, Json> member :
                        ((Json.Obj) value).members().entrySet()) {
                    out.writeFieldName(member.getKey());
                    write(member.getValue(), out);
                }
                out.writeEndObject();
            }
            case ARRAY -> {
                out.writeStartArray();
                for (Json item : ((Json.Arr) value).items()) {
                    write(item, out);
                }
                out.writeEndArray();
            }
            case STRING -> out.writeString(((Json.Str) value).value());
            case NUMBER -> out.writeNumber(((Json.Num) value).literal());
            case BOOL -> out.writeBoolean(((Json.Bool) value).value());
            case NULL -> out.writeNull();
            case RAW -> out.writeRawValue(((Json.Raw) value).text());
        }
    }
}
