package dev.nostrtrust.http;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.overload.RequestEnd;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * An answer of server-sent events (HTML Living Standard, section 9.2). It stays open until one side ends it. A write
 * completes when its bytes were passed to the network; wait for it to keep the buffer small. Belongs to one event loop.
 */
public final class EventStream {
    static final String CONTENT_TYPE = "text/event-stream";

    private final RoutingContext context;
    private final HttpServerResponse response;
    private final StringBuilder events = new StringBuilder();
    private Runnable whenOver = () -> {};
    private boolean over;

    EventStream(RoutingContext context) {
        this.context = context;
        this.response = context.response();
        response.setChunked(true);
        RequestEnd.of(context).onSuccess(ended -> {
            over = true;
            whenOver.run();
        });
    }

    /** Whether the stream has ended. */
    public boolean isOver() {
        return over;
    }

    /**
     * Adds an event, to be sent with the next {@link #flush}.
     *
     * @param id the value of {@code Last-Event-ID} when the client reconnects; null for none
     * @param type the name of the event
     */
    public EventStream add(@Nullable String id, String type, Json.Obj data) {
        if (id != null) {
            events.append("id: ").append(id).append('\n');
        }
        // Encoded JSON has no line breaks.
        events.append("event: ").append(type).append('\n');
        events.append("data: ").append(data.encode()).append("\n\n");
        return this;
    }

    /** Sends the added events, or a heartbeat comment if there are none. */
    public Future<Void> flush() {
        if (over) {
            return Future.succeededFuture();
        }
        String text = events.isEmpty() ? ":\n\n" : events.toString();
        events.setLength(0);
        return response.write(text);
    }

    /** Ends the stream if it is open. */
    void end() {
        if (!over) {
            over = true;
            response.end().onFailure(gone -> Problems.logGone(context, gone));
        }
    }

    /** Resets the connection, so that the client notices the failure and reconnects. */
    void abort() {
        if (!over) {
            over = true;
            response.reset();
        }
    }

    /** Runs an action at the end of the stream. Replaces the action set before. */
    void whenOver(Runnable run) {
        whenOver = run;
        if (over) {
            run.run();
        }
    }

    /** The request that this stream answers. */
    Request request() {
        return new Request(context);
    }
}
