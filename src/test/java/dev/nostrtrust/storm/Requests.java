package dev.nostrtrust.storm;

import java.nio.charset.StandardCharsets;

/** Requests as bytes on the wire. */
final class Requests {
    private Requests() {}

    static byte[] get(String path) {
        return bytes("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    }

    static byte[] post(String path, String headers, String json) {
        return bytes("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + headers
                + "Content-Length: " + json.length() + "\r\n\r\n" + json);
    }

    private static byte[] bytes(String request) {
        return request.getBytes(StandardCharsets.ISO_8859_1);
    }
}
