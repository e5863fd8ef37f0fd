package dev.nostrtrust.http;

import dev.nostrtrust.config.Origins;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.CorsHandler;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lets pages of other origins use the API from a browser (CORS, the Fetch standard): of those origins that the operator
 * names, and of no others. There are no cookies, so that nobody else gains anything by asking; their browsers keep the
 * answers from them.
 */
final class CrossOrigin {
    private static final int DAY_SECONDS = 86_400;
    private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE);
    private static final Set<String> ASKED =
            Set.of("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Last-Event-ID", "traceparent");
    private static final Set<String> EXPOSED = new TreeSet<>(Set.of(
            "Location",
            "ETag",
            "Retry-After",
            "RateLimit",
            "RateLimit-Policy",
            "WWW-Authenticate",
            RequestTrace.HEADER));

    private final Set<String> origins;
    private final CorsHandler cors;

    CrossOrigin(List<String> settings) {
        List<String> origins = settings.stream().map(Origins::normalize).toList();
        this.origins = Set.copyOf(origins);
        this.cors = CorsHandler.create()
                // As patterns: Vert.x parses other origins, and knows no underscore in a host.
                .addOriginsWithRegex(origins.stream().map(Pattern::quote).toList())
                .allowedMethods(METHODS)
                .allowedHeaders(ASKED)
                .exposedHeaders(EXPOSED)
                .maxAgeSeconds(DAY_SECONDS);
    }

    /** Answers what a browser asks before it sends, and marks what may be read. */
    void handle(RoutingContext context) {
        if (lets(context.request().getHeader("Origin"))) {
            cors.handle(context);
            return;
        }
        if (!origins.isEmpty()) {
            // A cache must not hand this answer to a page that may read it.
            context.response().putHeader("Vary", "origin");
        }
        context.next();
    }

    /** Marks the answer to a request that is not routed. */
    void mark(HttpServerRequest request) {
        String origin = request.getHeader("Origin");
        if (lets(origin)) {
            request.response()
                    .putHeader("Access-Control-Allow-Origin", origin)
                    .putHeader("Access-Control-Expose-Headers", String.join(",", EXPOSED));
        }
        if (!origins.isEmpty()) {
            request.response().putHeader("Vary", "origin");
        }
    }

    private boolean lets(@Nullable String origin) {
        return origin != null && origins.contains(origin);
    }
}
