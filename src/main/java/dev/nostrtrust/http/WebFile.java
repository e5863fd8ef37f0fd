package dev.nostrtrust.http;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** A file for browsers, as it is and compressed. They are to ask each time whether it is still the same. */
final class WebFile {
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    private final Reply plain;
    private final Reply zipped;

    private WebFile(Reply plain, Reply zipped) {
        this.plain = plain;
        this.zipped = zipped;
    }

    /**
     * Reads a resource.
     *
     * @param name from the root of the class path; its suffix tells what it is
     * @param headers that every answer with it carries
     * @throws IllegalStateException if there is no such resource, or it is of a kind that browsers are not given
     */
    static WebFile read(String name, Map<String, String> headers) {
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        try (InputStream in = WebFile.class.getResourceAsStream(name)) {
            if (in == null || type == null) {
                throw new IllegalStateException(name + " is missing");
            }
            byte[] bytes = in.readAllBytes();
            return new WebFile(
                    reply(type, headers, bytes),
                    reply(type, headers, gzip(bytes)).with("Content-Encoding", "gzip"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** This file to one who asks for it; without its bytes (304) to one who has them. */
    Reply answer(Request request) {
        boolean takesGzip = request.headers("Accept-Encoding").stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)))
                .anyMatch(coding -> coding.strip().equalsIgnoreCase("gzip"));
        return (takesGzip ? zipped : plain).unlessKnown(request);
    }

    private static Reply reply(String type, Map<String, String> headers, byte[] bytes) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("Cache-Control", "no-cache");
        all.put("ETag", ETag.of(Buffer.buffer(bytes)));
        all.put("Vary", "accept-encoding, origin");
        return new Reply(200, type, all, Reply.shared(bytes), null);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 3);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }
}
