package dev.nostrtrust.bus;

import dev.nostrtrust.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Converts JSON objects to event bus bodies. */
public final class MessageBody {
    private MessageBody() {}

    /** Converts an object. */
    public static JsonObject of(Json.Obj object) {
        JsonObject body = new JsonObject();
        object.members().forEach((name, value) -> body.put(name, plain(value)));
        return body;
    }

    private static @Nullable Object plain(Json value) {
        return switch (value.kind()) {
            case OBJECT -> of((Json.Obj) value);
            case ARRAY -> array((Json.Arr) value);
            case STRING -> ((Json.Str) value).value();
            case NUMBER -> number((Json.Num) value);
            case BOOL -> ((Json.Bool) value).value();
            case NULL -> null;
            case RAW -> io.vertx.core.json.Json.decodeValue(((Json.Raw) value).text());
        };
    }

    private static JsonArray array(Json.Arr array) {
        JsonArray items = new JsonArray();
        array.items().forEach(item -> items.add(plain(item)));
        return items;
    }

    private static Number number(Json.Num number) {
        Long integer = number.integer(Long.MIN_VALUE, Long.MAX_VALUE);
        // Not a conditional expression: it would convert both types to double.
        if (integer != null) {
            return integer;
        }
        return Double.valueOf(number.literal());
    }
}
