package dev.nostrtrust.http;

import dev.nostrtrust.observe.TraceParent;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** The trace id of a request: from its W3C {@code traceparent} header, otherwise a random one. */
final class RequestTrace {
    static final CharSequence HEADER = HttpHeaders.createOptimized("X-Trace-Id");
    private static final String KEY = "trace-id";

    private RequestTrace() {}

    static void begin(RoutingContext context) {
        // Two headers contradict each other, so both are ignored.
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
