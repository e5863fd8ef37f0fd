package dev.nostrtrust.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Requests as bytes, and the fields of answers. */
final class HttpRequests {
    private static final String HOST = "Host: localhost\r\n";

    private HttpRequests() {}

    static ByteBuffer get(String path) {
        return bytes("GET " + path + " HTTP/1.1\r\n" + HOST + "\r\n");
    }

    /**
     * A POST with JSON.
     *
     * @param token a bearer token; null for none
     */
    static ByteBuffer post(String path, @Nullable String token, String body) {
        return bytes("POST " + path + " HTTP/1.1\r\n" + HOST
                + (token == null ? "" : "Authorization: Bearer " + token + "\r\n")
                + "Content-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
    }

    /** The text of the first field of this name in JSON. */
    static String text(String json, String name) {
        int start = after(json, name) + 1;
        return json.substring(start, json.indexOf('"', start));
    }

    /** The digits of the first field of this name in JSON. */
    static String digits(String json, String name) {
        int start = after(json, name);
        int end = start;
        while (Character.isDigit(json.charAt(end))) {
            end++;
        }
        return json.substring(start, end);
    }

    static String string(ByteBuffer body) {
        return StandardCharsets.UTF_8.decode(body).toString();
    }

    /**
     * Checks the status of an answer.
     *
     * @throws IllegalStateException with the body, if it is another one
     */
    static void expect(int expected, int status, ByteBuffer body) {
        if (status != expected) {
            throw new IllegalStateException("answered " + status + ": " + string(body));
        }
    }

    private static int after(String json, String name) {
        String quoted = '"' + name + '"';
        int found = json.indexOf(quoted);
        if (found < 0) {
            throw new IllegalStateException("no " + name + " in " + json);
        }
        int colon = json.indexOf(':', found + quoted.length());
        return json.charAt(colon + 1) == ' ' ? colon + 2 : colon + 1;
    }

    private static ByteBuffer bytes(String request) {
        return ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8));
    }
}
