package dev.nostrtrust.http;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.overload.RequestEnd;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * An answer of server-sent events (HTML Living Standard, 9.2), open until either side ends it. Each write completes
 * when it was handed to the network: who waits for it does not pile up what is not read. Belongs to one event loop.
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

    /** Whether nobody listens any more. */
    public boolean isOver() {
        return over;
    }

    /**
     * Adds an event, to be sent with the next {@link #flush}.
     *
     * @param id what a client that was cut off says it had last
     * @param type the event's name
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

    /** Sends what was added, or a heartbeat where that is nothing. */
    public Future<Void> flush() {
        if (over) {
            return Future.succeededFuture();
        }
        String text = events.isEmpty() ? ":\n\n" : events.toString();
        events.setLength(0);
        return response.write(text);
    }

    /** Ends the stream, if it is still open. */
    void end() {
        if (!over) {
            over = true;
            response.end().onFailure(gone -> Problems.logGone(context, gone));
        }
    }

    /** Breaks the stream off, so that the client sees that something went wrong, and comes back. */
    void abort() {
        if (!over) {
            over = true;
            response.reset();
        }
    }

    /** Runs this at the end of the stream, in place of what was to run then before. */
    void whenOver(Runnable run) {
        whenOver = run;
        if (over) {
            run.run();
        }
    }

    /** The request that the stream answers. */
    Request request() {
        return new Request(context);
    }
}
