package dev.nostrtrust.http;

import dev.nostrtrust.json.Json;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is no refusal. It is not to be stored by caches, unless it says otherwise.
 *
 * @param headers besides Content-Type and Content-Length
 * @param body empty where there is none
 * @param stream what sends events instead of a body; null for all other replies
 */
public record Reply(
        int status,
        String contentType,
        Map<String, String> headers,
        Buffer body,
        @Nullable Consumer<EventStream> stream) {
    static final int NOT_MODIFIED = 304;

    private static final String JSON = "application/json";

    public Reply {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("Cache-Control", "no-store");
        all.putAll(headers);
        headers = Map.copyOf(all);
    }

    private Reply(int status, String contentType, Map<String, String> headers, Buffer body) {
        this(status, contentType, headers, body, null);
    }

    public static Reply ok(Json body) {
        return new Reply(200, JSON, Map.of(), Buffer.buffer(body.encode()));
    }

    /** What will be done later. */
    public static Reply accepted(Json body) {
        return new Reply(202, JSON, Map.of(), Buffer.buffer(body.encode()));
    }

    /** A new resource and where it is. */
    public static Reply created(String location, Json body) {
        return new Reply(201, JSON, Map.of("Location", location), Buffer.buffer(body.encode()));
    }

    public static Reply noContent() {
        return new Reply(204, "", Map.of(), Buffer.buffer());
    }

    /**
     * A document that anyone may keep for a while.
     *
     * @param body made by {@link #shared} if it is always the same
     */
    public static Reply document(String contentType, Buffer body, int maxAgeSeconds) {
        return new Reply(200, contentType, Map.of("Cache-Control", "public, max-age=" + maxAgeSeconds), body);
    }

    /** A body to be made once, for good: no reply takes memory for it while a client is slow to read. */
    public static Buffer shared(String text) {
        return shared(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The same of bytes. */
    static Buffer shared(byte[] bytes) {
        ByteBuf direct = Unpooled.directBuffer(bytes.length).writeBytes(bytes);
        return BufferInternal.buffer(Unpooled.unreleasableBuffer(direct.asReadOnly()));
    }

    /** Events, as long as there are some. */
    static Reply stream(Consumer<EventStream> source) {
        // Without it, nginx keeps events until it has a buffer full of them.
        return new Reply(200, EventStream.CONTENT_TYPE, Map.of("X-Accel-Buffering", "no"), Buffer.buffer(), source);
    }

    /** This reply with one more header. */
    public Reply with(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return new Reply(status, contentType, all, body, stream);
    }

    /** This reply with an ETag; without its body (304) for a client that has it already. */
    public Reply tagged(Request request) {
        return with("ETag", ETag.of(body))
                .with("Cache-Control", "private, no-cache")
                .unlessKnown(request);
    }

    /** This reply, which has an ETag; without its body (304) for a client that has it already. */
    Reply unlessKnown(Request request) {
        return ETag.matches(request.headers("If-None-Match"), headers.getOrDefault("ETag", ""))
                ? new Reply(NOT_MODIFIED, "", headers, Buffer.buffer())
                : this;
    }
}
