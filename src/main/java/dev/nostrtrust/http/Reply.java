package dev.nostrtrust.http;

import dev.nostrtrust.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer that is no refusal. It is not to be stored by caches, unless it says otherwise.
 *
 * @param headers besides Content-Type and Content-Length
 * @param body empty where there is none
 */
public record Reply(int status, String contentType, Map<String, String> headers, String body) {
    private static final String JSON = "application/json";

    public Reply {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("Cache-Control", "no-store");
        all.putAll(headers);
        headers = Map.copyOf(all);
    }

    public static Reply ok(Json body) {
        return new Reply(200, JSON, Map.of(), body.encode());
    }

    /** A new resource and where it is. */
    public static Reply created(String location, Json body) {
        return new Reply(201, JSON, Map.of("Location", location), body.encode());
    }

    public static Reply noContent() {
        return new Reply(204, "", Map.of(), "");
    }

    /** A document that anyone may keep for a while. */
    public static Reply document(String contentType, String body, int maxAgeSeconds) {
        return new Reply(200, contentType, Map.of("Cache-Control", "public, max-age=" + maxAgeSeconds), body);
    }

    /** This reply with one more header. */
    public Reply with(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return new Reply(status, contentType, all, body);
    }

    /** This reply with an ETag; without its body (304) for a client that has it already. */
    public Reply tagged(Request request) {
        String tag = ETag.of(body);
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("ETag", tag);
        all.put("Cache-Control", "private, no-cache");
        return ETag.matches(request.headers("If-None-Match"), tag)
                ? new Reply(304, "", all, "")
                : new Reply(status, contentType, all, body);
    }
}
