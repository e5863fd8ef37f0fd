package dev.nostrtrust.http;

import dev.nostrtrust.observe.TraceParent;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** The trace that a request belongs to: the caller's, if it sends a W3C {@code traceparent}, or one of its own. */
final class RequestTrace {
    static final String HEADER = "X-Trace-Id";
    private static final String KEY = "trace-id";

    private RequestTrace() {}

    static void begin(RoutingContext context) {
        // Two of them contradict each other.
        List<String> parents = context.request().headers().getAll(TraceParent.HEADER);
        String id = TraceParent.traceId(parents.size() == 1 ? parents.get(0) : null);
        context.put(KEY, id);
        TraceParent.set(id);
        context.response().putHeader(HEADER, id);
    }

    static String idOf(RoutingContext context) {
        if (context.get(KEY) == null) {
            begin(context);
        }
        return context.get(KEY);
    }
}
