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

/** A static file, plain and compressed. Browsers revalidate it on each use. */
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
     * @param name the path below the root of the class path; the suffix decides the media type
     * @param headers the headers of every answer
     * @throws IllegalStateException if the resource is missing or its suffix is unknown
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

    /** Answers with the file, or with 304 if the client has it. */
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
