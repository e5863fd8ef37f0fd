package dev.nostrtrust.http;

import dev.nostrtrust.platform.TraceParent;
import io.vertx.ext.web.RoutingContext;

/** The trace that a request belongs to: the caller's, if it sends a W3C {@code traceparent}, or one of its own. */
final class Trace {
    static final String HEADER = "X-Trace-Id";
    private static final String KEY = "trace-id";

    private Trace() {}

    static void begin(RoutingContext context) {
        String id = TraceParent.traceId(context.request().getHeader(TraceParent.HEADER));
        context.put(KEY, id);
        TraceParent.keep(id);
        context.response().putHeader(HEADER, id);
    }

    static String idOf(RoutingContext context) {
        if (context.get(KEY) == null) {
            begin(context);
        }
        return context.get(KEY);
    }
}
