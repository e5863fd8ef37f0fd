package dev.nostrtrust.nostr;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses JSON into an {@link Event}. Checks the types of the seven fields, then sizes, then hex, then numbers. Ignores
 * fields that NIP-01 does not define.
 */
final class EventParser {
    private static final int ID_DIGITS = 64;
    private static final int SIG_DIGITS = 128;
    private static final int MAX_KIND = 65535;
    /** Number.MAX_SAFE_INTEGER of JavaScript. */
    private static final long MAX_CREATED_AT = (1L << 53) - 1;

    private EventParser() {}

    /**
     * Parses one event.
     *
     * @throws ApiError {@code invalid_event_shape}, {@code event_too_large}, {@code invalid_id},
     *     {@code invalid_pubkey}, {@code invalid_sig}, {@code invalid_kind} or {@code invalid_created_at}, the first
     *     that applies in this order
     */
    static Event parse(@Nullable Json json, EventLimits limits) {
        if (!(json instanceof Json.Obj fields)) {
            throw shape("event", "an object");
        }
        String id = string(fields, "id");
        String pubkey = string(fields, "pubkey");
        Json.Num createdAt = number(fields, "created_at");
        Json.Num kind = number(fields, "kind");
        List<List<String>> tags = tags(fields.get("tags"));
        String content = string(fields, "content");
        String sig = string(fields, "sig");
        checkSizes(tags, content, limits);

        checkHex(id, ID_DIGITS, ErrorCode.INVALID_ID, "id");
        PublicKey key = new PublicKey(pubkey);
        checkHex(sig, SIG_DIGITS, ErrorCode.INVALID_SIG, "sig");
        int kindNumber = (int) integer(kind, MAX_KIND, ErrorCode.INVALID_KIND, "kind");
        long seconds = integer(createdAt, MAX_CREATED_AT, ErrorCode.INVALID_CREATED_AT, "created_at");
        return new Event(id, key, seconds, kindNumber, tags, content, sig);
    }

    private static String string(Json.Obj fields, String name) {
        if (fields.get(name) instanceof Json.Str string) {
            return string.value();
        }
        throw shape(name, "a string");
    }

    private static Json.Num number(Json.Obj fields, String name) {
        if (fields.get(name) instanceof Json.Num number) {
            return number;
        }
        throw shape(name, "a number");
    }

    private static List<List<String>> tags(@Nullable Json json) {
        if (!(json instanceof Json.Arr array)) {
            throw shape("tags", "an array");
        }
        List<List<String>> tags = new ArrayList<>();
        for (Json item : array.items()) {
            if (!(item instanceof Json.Arr tag) || tag.items().isEmpty()) {
                throw shape("tags", "an array of non-empty arrays of strings");
            }
            List<String> values = new ArrayList<>();
            for (Json value : tag.items()) {
                if (!(value instanceof Json.Str string)) {
                    throw shape("tags", "an array of non-empty arrays of strings");
                }
                values.add(string.value());
            }
            tags.add(values);
        }
        return tags;
    }

    private static void checkSizes(List<List<String>> tags, String content, EventLimits limits) {
        if (tags.size() > limits.tags()) {
            throw tooLarge("tags", limits.tags() + " tags");
        }
        if (content.length() > limits.content()) {
            throw tooLarge("content", limits.content() + " characters");
        }
        for (List<String> tag : tags) {
            if (tag.size() > limits.items()) {
                throw tooLarge("tags", limits.items() + " strings in one tag");
            }
            if (tag.stream().anyMatch(value -> value.length() > limits.item())) {
                throw tooLarge("tags", limits.item() + " characters in one string");
            }
        }
    }

    private static void checkHex(String text, int digits, ErrorCode code, String name) {
        if (!Hex.isHex(text, digits)) {
            throw ApiError.of(code, "The event's " + name + " must be " + digits + " lower-case hexadecimal digits.");
        }
    }

    private static long integer(Json.Num number, long max, ErrorCode code, String name) {
        Long value = number.integer(0, max);
        if (value == null) {
            throw ApiError.of(
                    code,
                    "The event's " + name + " must be an integer from 0 to " + max + ", without fraction or exponent.");
        }
        return value;
    }

    private static ApiError shape(String field, String expected) {
        return ApiError.of(ErrorCode.INVALID_EVENT_SHAPE, "The event's " + field + " must be " + expected + ".")
                .with("field", field);
    }

    private static ApiError tooLarge(String field, String limit) {
        return ApiError.of(ErrorCode.EVENT_TOO_LARGE, "The event has more than " + limit + ".")
                .with("field", field);
    }
}
