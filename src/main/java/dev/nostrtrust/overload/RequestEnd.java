package dev.nostrtrust.overload;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;

/**
 * The end of a request: its answer was sent, or its client has gone. A future also runs handlers that are added after
 * its completion; {@link RoutingContext#addEndHandler} does not. Belongs to the event loop of the request.
 */
public final class RequestEnd {
    private static final String KEY = "request-end";

    private RequestEnd() {}

    /** Watches for the end. The first handler of a request calls this once. */
    public static void watch(RoutingContext context) {
        Promise<Void> end = ((ContextInternal) context.vertx().getOrCreateContext()).promise();
        context.put(KEY, end.future());
        // A pipelined request may begin after its connection was closed.
        if (context.response().closed()
                || !ConnectionTracker.isOpen(context.request().connection())) {
            end.complete();
        } else {
            context.addEndHandler(ended -> end.tryComplete());
        }
    }

    /** Completes at the end of the request, and never fails. */
    public static Future<Void> of(RoutingContext context) {
        Future<Void> end = context.get(KEY);
        return Objects.requireNonNull(end, "RequestEnd.watch was not called");
    }
}
