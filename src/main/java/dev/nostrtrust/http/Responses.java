package dev.nostrtrust.http;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Sets the common headers of responses (RFC 9110, sections 6.6.1 and 9.3.2). Belongs to one event loop. */
final class Responses {
    private static final int NO_CONTENT = 204;
    private static final CharSequence TYPE_OPTIONS = HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");

    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final InstantSource clock;
    private long second = Long.MIN_VALUE;
    private CharSequence date = "";

    Responses(InstantSource clock) {
        this.clock = clock;
    }

    /** Sets {@code Date} and {@code X-Content-Type-Options} before a request is handled. */
    Handler<HttpServerRequest> before(Handler<HttpServerRequest> next) {
        return request -> {
            request.response().putHeader(HttpHeaders.DATE, date()).putHeader(TYPE_OPTIONS, NOSNIFF);
            next.handle(request);
        };
    }

    /** Ends the response with a body; a HEAD gets only its length. */
    static Future<Void> end(HttpServerRequest request, Buffer body) {
        HttpServerResponse response = request.response();
        if (response.getStatusCode() == NO_CONTENT) {
            // Vert.x sends Content-Length: 0, which RFC 9110, section 8.6 forbids.
            response.headersEndHandler(end -> response.headers().remove(HttpHeaders.CONTENT_LENGTH));
        }
        if (!request.method().equals(HttpMethod.HEAD)) {
            return response.end(body);
        }
        if (body.length() > 0) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
        }
        return response.end();
    }

    /** The current value of {@code Date}. */
    CharSequence date() {
        long now = Math.floorDiv(clock.millis(), 1000L);
        if (now != second) {
            second = now;
            date = HttpHeaders.createOptimized(FORM.format(Instant.ofEpochSecond(now)));
        }
        return date;
    }
}
