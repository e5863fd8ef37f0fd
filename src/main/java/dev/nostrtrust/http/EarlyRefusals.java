package dev.nostrtrust.http;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.observe.TraceParent;
import dev.nostrtrust.overload.Admission;
import dev.nostrtrust.overload.AdmissionHandler;
import dev.nostrtrust.overload.ConnectionGuard;
import dev.nostrtrust.overload.ConnectionTracker;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests before routing while no permit is free, which makes a refusal cheap. Decides by the decoded head.
 * Requests that may use the reserve, and unusual requests, go to the router. Belongs to one event loop.
 */
final class EarlyRefusals {
    private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE);

    private final ApiError overloaded = AdmissionHandler.overloaded();
    private final int bodyLimit;
    private final Admission admission;
    private final Problems problems;
    private final CrossOrigin crossOrigin;
    private final Routes routes;
    private final BooleanSupplier stopping;

    EarlyRefusals(
            Settings settings,
            Admission admission,
            Problems problems,
            CrossOrigin crossOrigin,
            Routes routes,
            BooleanSupplier stopping) {
        this.bodyLimit = settings.httpBodyLimit();
        this.admission = admission;
        this.problems = problems;
        this.crossOrigin = crossOrigin;
        this.routes = routes;
        this.stopping = stopping;
    }

    /** Puts the early refusals before a handler. */
    Handler<HttpServerRequest> before(Handler<HttpServerRequest> next) {
        return request -> {
            ConnectionGuard guard = ConnectionTracker.guard(request.connection());
            if (admission.isFull() && guard.refusalReason() == null && guard.isWritable() && applies(request)) {
                guard.onTimeout(error -> problems.refuse(request, error, traceId(request)));
                request.endHandler(whole -> refuse(request));
            } else {
                next.handle(request);
            }
        };
    }

    private boolean applies(HttpServerRequest request) {
        return METHODS.contains(request.method())
                && !request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
                && !request.headers().contains(HttpHeaders.EXPECT)
                && isWithinLimit(request.getHeader(HttpHeaders.CONTENT_LENGTH))
                && RequestPath.hasGoodEscapes(request.uri())
                && RequestPath.isCanonical(request.path())
                && !routes.mayFinish(request.path())
                && !stopping.getAsBoolean();
    }

    private boolean isWithinLimit(@Nullable String length) {
        return length == null || Long.parseLong(length) <= bodyLimit;
    }

    private void refuse(HttpServerRequest request) {
        if (!request.response().ended() && !request.response().closed()) {
            crossOrigin.mark(request);
            problems.refuse(request, overloaded, traceId(request));
        }
    }

    private static String traceId(HttpServerRequest request) {
        List<String> parents = request.headers().getAll(TraceParent.HEADER);
        return TraceParent.traceId(parents.size() == 1 ? parents.get(0) : null);
    }
}
