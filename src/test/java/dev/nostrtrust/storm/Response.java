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
        String rest = after("\"" + name + "\":\"");
        return rest.substring(0, rest.indexOf('"'));
    }

    /** The digits after a name in the body; fails where the name is not there. */
    String number(String name) {
        String rest = after("\"" + name + "\":");
        int end = 0;
        while (Character.isDigit(rest.charAt(end))) {
            end++;
        }
        return rest.substring(0, end);
    }

    private String after(String key) {
        String body = body();
        int from = body.indexOf(key);
        if (from < 0) {
            throw new IllegalStateException("no " + key + " in " + body);
        }
        return body.substring(from + key.length());
    }
}
