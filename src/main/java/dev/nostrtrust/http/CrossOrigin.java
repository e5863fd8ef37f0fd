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
 * Allows pages of configured origins to use the API (CORS, the Fetch standard). The API uses no cookies, so pages of
 * other origins cannot act for a user; their browsers hide the answers from them.
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
            RequestTrace.HEADER.toString()));

    private final Set<String> origins;
    private final CorsHandler cors;

    CrossOrigin(List<String> settings) {
        List<String> origins = settings.stream().map(Origins::normalize).toList();
        this.origins = Set.copyOf(origins);
        this.cors = CorsHandler.create()
                // As patterns, because the origin parser of Vert.x refuses an underscore in a host.
                .addOriginsWithRegex(origins.stream().map(Pattern::quote).toList())
                .allowedMethods(METHODS)
                .allowedHeaders(ASKED)
                .exposedHeaders(EXPOSED)
                .maxAgeSeconds(DAY_SECONDS);
    }

    /** Answers preflight requests and adds the CORS headers. */
    void handle(RoutingContext context) {
        if (lets(context.request().getHeader("Origin"))) {
            cors.handle(context);
            return;
        }
        if (!origins.isEmpty()) {
            // A cache must not give this answer to a page of an allowed origin.
            context.response().putHeader("Vary", "origin");
        }
        context.next();
    }

    /** Adds the CORS headers to the answer of a request that is not routed. */
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
