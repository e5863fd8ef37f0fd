package dev.nostrtrust.http;

import dev.nostrtrust.json.Json;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is not a refusal. Caches must not store it unless a header allows it.
 *
 * @param headers besides Content-Type and Content-Length
 * @param body empty if there is none
 * @param stream sends events instead of a body; null for a reply with a body
 */
public record Reply(
        int status,
        String contentType,
        Map<String, String> headers,
        Buffer body,
        @Nullable Consumer<EventStream> stream) {
    static final int NOT_MODIFIED = 304;

    private static final String JSON = "application/json";
    private static final String CACHE_CONTROL = "Cache-Control";
    private static final Map<String, String> NO_STORE = Map.of(CACHE_CONTROL, "no-store");

    public Reply {
        headers = headers.isEmpty() ? NO_STORE : withCacheControl(headers);
    }

    private static Map<String, String> withCacheControl(Map<String, String> headers) {
        if (headers.containsKey(CACHE_CONTROL)) {
            return Map.copyOf(headers);
        }
        Map<String, String> all = new HashMap<>(NO_STORE);
        all.putAll(headers);
        return Map.copyOf(all);
    }

    private Reply(int status, String contentType, Map<String, String> headers, Buffer body) {
        this(status, contentType, headers, body, null);
    }

    public static Reply ok(Json body) {
        return new Reply(200, JSON, Map.of(), Buffer.buffer(body.encode()));
    }

    /** 202: the work is done later. */
    public static Reply accepted(Json body) {
        return new Reply(202, JSON, Map.of(), Buffer.buffer(body.encode()));
    }

    /** 201: a new resource and its location. */
    public static Reply created(String location, Json body) {
        return new Reply(201, JSON, Map.of("Location", location), Buffer.buffer(body.encode()));
    }

    public static Reply noContent() {
        return new Reply(204, "", Map.of(), Buffer.buffer());
    }

    /**
     * A document that caches may store.
     *
     * @param body from {@link #shared} if it never changes
     */
    public static Reply document(String contentType, Buffer body, int maxAgeSeconds) {
        return new Reply(200, contentType, Map.of(CACHE_CONTROL, "public, max-age=" + maxAgeSeconds), body);
    }

    /** A body that all replies share, so that slow clients cost no memory. */
    public static Buffer shared(String text) {
        return shared(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A shared body of bytes. */
    static Buffer shared(byte[] bytes) {
        ByteBuf direct = Unpooled.directBuffer(bytes.length).writeBytes(bytes);
        return BufferInternal.buffer(Unpooled.unreleasableBuffer(direct.asReadOnly()));
    }

    /** An event stream. */
    static Reply stream(Consumer<EventStream> source) {
        // Without this header nginx buffers events.
        return new Reply(200, EventStream.CONTENT_TYPE, Map.of("X-Accel-Buffering", "no"), Buffer.buffer(), source);
    }

    /** This reply with one more header. */
    public Reply with(String name, String value) {
        Map<String, String> all = new HashMap<>(headers);
        all.put(name, value);
        return new Reply(status, contentType, all, body, stream);
    }

    /** This reply with an entity tag; 304 if the client has it. */
    public Reply tagged(Request request) {
        return tagged(request, this);
    }

    /**
     * The same for a large answer.
     *
     * @param part an answer that differs whenever this one does; its hash is the entity tag
     */
    public Reply tagged(Request request, Reply part) {
        Map<String, String> all = new HashMap<>(headers);
        all.put("ETag", ETag.of(part.body));
        all.put(CACHE_CONTROL, "private, no-cache");
        return new Reply(status, contentType, all, body, stream).unlessKnown(request);
    }

    /** This reply, or 304 if the client has its entity tag. */
    Reply unlessKnown(Request request) {
        return ETag.matches(request.headers("If-None-Match"), headers.getOrDefault("ETag", ""))
                ? new Reply(NOT_MODIFIED, "", headers, Buffer.buffer())
                : this;
    }
}
