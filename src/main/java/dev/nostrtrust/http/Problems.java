package dev.nostrtrust.http;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.error.ErrorCode.Nature;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.observe.TraceParent;
import dev.nostrtrust.overload.AdmissionHandler;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends refusals as {@code application/problem+json} (RFC 9457) with a stable code, the server's time and the trace id.
 * Any failure that is not an {@link ApiError} is a bug and becomes a 500 without details.
 */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private static final CharSequence PROBLEM_JSON = HttpHeaders.createOptimized("application/problem+json");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    private static final long LINGER_MILLIS = 1000;
    private static final int MAX_VIOLATIONS = 20;
    private static final int MAX_FIELD = 100;

    private final InstantSource clock;
    private final RequestMeters meters;

    Problems(InstantSource clock, RequestMeters meters) {
        this.clock = clock;
        this.meters = meters;
    }

    /** Answers a request that failed. */
    void answer(RoutingContext context) {
        send(context, error(context));
    }

    void send(RoutingContext context, ApiError error) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            response.reset();
            return;
        }
        meters.refused(error.code());
        LOG.debug(
                "{} {} is refused: {}",
                RequestMeters.method(context),
                RequestMeters.route(context),
                error.code().code());
        String traceId = RequestTrace.idOf(context);
        head(response, status(error.code().nature()), error);
        String challenge = BearerChallenge.of(error);
        if (challenge != null) {
            response.putHeader("WWW-Authenticate", challenge);
        }
        HttpServerRequest request = context.request();
        // The rest of a refused body is not awaited.
        if (!request.isEnded() && BodyReader.isAnnounced(request)) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        if (response.headers().contains(HttpHeaders.CONNECTION)) {
            hangUpSoon(request);
        }
        Responses.end(request, Buffer.buffer(body(error, traceId).encode())).onFailure(gone -> logGone(context, gone));
    }

    /**
     * Closes the connection behind this request. Reads the rest of the request for a moment, so that a client that is
     * still sending sees the answer.
     */
    private static void hangUpSoon(HttpServerRequest request) {
        request.resume();
        request.connection()
                .shutdown(LINGER_MILLIS, TimeUnit.MILLISECONDS)
                .onFailure(gone -> LOG.debug("the connection was already closed: {}", gone.toString()));
    }

    /** Answers a request that the decoder refuses: invalid HTTP, or a head over the limit. */
    void malformed(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        int status = cause instanceof TooLongHttpLineException
                ? 414
                : cause instanceof TooLongHttpHeaderException ? 431 : 400;
        ApiError error = ofStatus(status);
        if (request.response().ended()) {
            return;
        }
        meters.refused(error.code());
        String traceId = TraceParent.randomTraceId();
        String body = body(error, traceId).encode();
        head(request.response(), status, error)
                .putHeader(RequestTrace.HEADER, traceId)
                .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
                .end(body)
                .eventually(request.connection()::close)
                .onFailure(gone -> LOG.debug("the client of a malformed request has gone: {}", gone.toString()));
    }

    /** Answers a request before routing. Closes the connection unless the whole request has arrived. */
    void refuse(HttpServerRequest request, ApiError error, String traceId) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        meters.refused(error.code());
        head(response, status(error.code().nature()), error).putHeader(RequestTrace.HEADER, traceId);
        if (!request.isEnded() && BodyReader.isAnnounced(request)) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            hangUpSoon(request);
        }
        response.end(body(error, traceId).encode())
                .onFailure(gone -> LOG.debug("the client has gone before its refusal: {}", gone.toString()));
    }

    /**
     * The whole 408 response to a request whose head does not arrive in time; the connection is to be closed.
     *
     * @param date the value of its {@code Date} header
     */
    byte[] requestTimeout(CharSequence date) {
        meters.refused(ErrorCode.REQUEST_TIMEOUT);
        ApiError error = AdmissionHandler.requestTimeout();
        String traceId = TraceParent.randomTraceId();
        byte[] body = body(error, traceId).encode().getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder("HTTP/1.1 ")
                .append(HttpResponseStatus.valueOf(status(error.code().nature())))
                .append("\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n")
                .append("X-Content-Type-Options: nosniff\r\nDate: ")
                .append(date)
                .append("\r\n")
                .append(RequestTrace.HEADER + ": ")
                .append(traceId);
        head.append("\r\nConnection: close\r\nContent-Length: ")
                .append(body.length)
                .append("\r\n\r\n");
        byte[] first = head.toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = Arrays.copyOf(first, first.length + body.length);
        System.arraycopy(body, 0, all, first.length, body.length);
        return all;
    }

    private static HttpServerResponse head(HttpServerResponse response, int status, ApiError error) {
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, PROBLEM_JSON)
                .putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
        if (error.retryAfter() != null) {
            response.putHeader(HttpHeaders.RETRY_AFTER, seconds(error.retryAfter()));
        }
        return response;
    }

    /** The problem document. */
    Json.Obj body(ApiError error, String traceId) {
        int status = status(error.code().nature());
        Json.Obj.Builder body = Json.object()
                .put("type", "urn:nostr-trust:problem:" + error.code().code())
                .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
                .put("status", status)
                .put("code", error.code().code())
                .put("detail", error.detail())
                .put("time", clock.instant())
                .put("trace_id", traceId);
        if (!error.violations().isEmpty()) {
            List<Json.Obj> violations = error.violations().stream()
                    .limit(MAX_VIOLATIONS)
                    .map(violation -> Json.object()
                            .put("field", cut(violation.field()))
                            .put("message", violation.message())
                            .build())
                    .toList();
            body.put("violations", Json.array(violations))
                    .put("violation_count", error.violations().size());
        }
        error.hints().forEach((name, value) -> body.put(name, hint(value)));
        return body.build();
    }

    /** Shortens the name of an unknown field, which the client chose. */
    private static String cut(String field) {
        return field.length() <= MAX_FIELD
                ? field
                : field.substring(0, field.offsetByCodePoints(0, field.codePointCount(0, MAX_FIELD))) + "...";
    }

    static int status(Nature nature) {
        return switch (nature) {
            case MALFORMED -> 400;
            case UNPROVEN -> 401;
            case FORBIDDEN -> 403;
            case MISSING -> 404;
            case METHOD -> 405;
            case EXPECTATION -> 417;
            case TOO_SLOW -> 408;
            case CONFLICT -> 409;
            case TOO_LARGE -> 413;
            case URI_TOO_LONG -> 414;
            case MEDIA_TYPE -> 415;
            case UNPROCESSABLE -> 422;
            case TOO_MANY -> 429;
            case HEADERS_TOO_LARGE -> 431;
            case BUG -> 500;
            case UNAVAILABLE -> 503;
        };
    }

    static void logGone(RoutingContext context, Throwable gone) {
        LOG.debug(
                "{} {}: the client has gone before its answer: {}",
                RequestMeters.method(context),
                RequestMeters.route(context),
                gone.toString());
    }

    private static ApiError error(RoutingContext context) {
        Throwable failure = context.failure();
        if (failure instanceof ApiError error) {
            return error;
        }
        // Vert.x sets a status below 500 for an invalid request.
        if (context.statusCode() >= 400 && context.statusCode() < 500) {
            return ofStatus(context.statusCode());
        }
        // Logs the route and not the path, which may hold anything.
        LOG.error("{} {} failed", RequestMeters.method(context), RequestMeters.route(context), failure);
        return ApiError.of(ErrorCode.INTERNAL_ERROR, "The server failed. Report the trace id to its operator.");
    }

    /** The error for a status that Vert.x sets itself. */
    static ApiError ofStatus(int status) {
        return switch (status) {
            case 414 -> ApiError.of(ErrorCode.URI_TOO_LONG, "The URI is longer than the limit of the server.");
            case 431 ->
                ApiError.of(ErrorCode.HEADERS_TOO_LARGE, "The headers are larger than the limit of the server.");
            default -> ApiError.of(ErrorCode.MALFORMED_HTTP, "The request is not well-formed HTTP.");
        };
    }

    private static String seconds(Duration retryAfter) {
        return Long.toString(Math.max(1, retryAfter.toSeconds()));
    }

    private static Json hint(Object value) {
        if (value instanceof List<?> list) {
            return Json.strings(list.stream().map(Object::toString).toList());
        }
        return value instanceof Number number ? Json.of(number.longValue()) : Json.of(value.toString());
    }
}
