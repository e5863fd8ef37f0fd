package dev.nostrtrust.login;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.EventLimits;
import java.util.Base64;

/** Parses the event in the header {@code Authorization: Nostr <base64>} (NIP-98). Pure; any thread. */
final class EventHeader {
    /** In characters of base64. */
    static final int LONGEST = 8 * 1024;

    private EventHeader() {}

    /**
     * Parses the event. Both base64 alphabets are accepted, with or without padding.
     *
     * @throws ApiError {@code event_too_large}, {@code invalid_event_shape}, {@code invalid_json}, or a refusal of
     *     {@link Event#parse}
     */
    static Event parse(String base64) {
        if (base64.length() > LONGEST) {
            throw ApiError.of(
                            ErrorCode.EVENT_TOO_LARGE, "The event in the header is longer than " + LONGEST + " bytes.")
                    .with("field", "Authorization");
        }
        return Event.parse(Json.parse(decode(base64)), EventLimits.LOGIN);
    }

    private static byte[] decode(String base64) {
        boolean url = base64.indexOf('-') >= 0 || base64.indexOf('_') >= 0;
        try {
            return (url ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(base64);
        } catch (IllegalArgumentException notBase64) {
            throw ApiError.of(
                            ErrorCode.INVALID_EVENT_SHAPE,
                            "Authorization must be Nostr and an event in base64 (NIP-98).")
                    .with("field", "Authorization");
        }
    }
}
