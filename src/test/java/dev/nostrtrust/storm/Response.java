package dev.nostrtrust.storm;

import java.nio.charset.StandardCharsets;

/** An answer as it came over the wire, read no further than a visit asks. */
final class Response {
    private final int status;
    private final byte[] bytes;
    private final int bodyFrom;
    private final int bodyTo;

    Response(int status, byte[] bytes, int bodyFrom, int bodyTo) {
        this.status = status;
        this.bytes = bytes;
        this.bodyFrom = bodyFrom;
        this.bodyTo = bodyTo;
    }

    int status() {
        return status;
    }

    /** The status line and the headers; good only until the visit has said what comes next. */
    String head() {
        return new String(bytes, 0, bodyFrom, StandardCharsets.ISO_8859_1);
    }

    /** The body; good only until the visit has said what comes next. */
    String body() {
        return new String(bytes, bodyFrom, bodyTo - bodyFrom, StandardCharsets.UTF_8);
    }

    /** The text between the quotes after a name in the body; fails where the name is not there. */
    String text(String name) {
        String body = body();
        String key = "\"" + name + "\":\"";
        int from = body.indexOf(key);
        if (from < 0) {
            throw new IllegalStateException("no " + name + " in " + body);
        }
        return body.substring(from + key.length(), body.indexOf('"', from + key.length()));
    }

    /** The digits after a name in the body; fails where the name is not there. */
    String number(String name) {
        String body = body();
        String key = "\"" + name + "\":";
        int from = body.indexOf(key);
        if (from < 0) {
            throw new IllegalStateException("no " + name + " in " + body);
        }
        int to = from + key.length();
        while (Character.isDigit(body.charAt(to))) {
            to++;
        }
        return body.substring(from + key.length(), to);
    }
}
