package dev.nostrtrust.http;

import dev.nostrtrust.fault.Fault;
import dev.nostrtrust.fault.FaultKind;
import dev.nostrtrust.fault.FaultKind.Nature;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.platform.TraceParent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.buffer.Buffer;
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
 * Every refusal on its way out: {@code application/problem+json} (RFC 9457) with a stable code, the server's time and
 * the trace id. What is no {@link Fault} is a bug, and becomes a bland 500.
 */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

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
        send(context, fault(context));
    }

    void send(RoutingContext context, Fault fault) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            response.reset();
            return;
        }
        meters.refused(fault.kind());
        LOG.debug(
                "{} {} is refused: {}",
                RequestMeters.method(context),
                RequestMeters.route(context),
                fault.kind().code());
        String traceId = Trace.idOf(context);
        Nature nature = fault.kind().nature();
        response.setStatusCode(status(nature))
                .putHeader("Content-Type", "application/problem+json")
                .putHeader("Cache-Control", "no-store");
        String challenge = BearerChallenge.of(fault);
        if (challenge != null) {
            response.putHeader("WWW-Authenticate", challenge);
        }
        if (fault.retryAfter() != null) {
            response.putHeader("Retry-After", seconds(fault.retryAfter()));
        }
        HttpServerRequest request = context.request();
        // The server does not wait for the rest of a body that it refuses.
        if (!request.isEnded() && BodyReader.isAnnounced(request)) {
            response.putHeader("Connection", "close");
        }
        if (response.headers().contains("Connection")) {
            hangUpSoon(request);
        }
        Responses.end(request, Buffer.buffer(body(fault, traceId).encode())).onFailure(gone -> logGone(context, gone));
    }

    /**
     * Closes the connection behind this request. Reads the rest of the request for a moment, so that a client that is
     * still sending sees the answer.
     */
    private static void hangUpSoon(HttpServerRequest request) {
        request.resume();
        request.connection()
                .shutdown(LINGER_MILLIS, TimeUnit.MILLISECONDS)
                .onFailure(gone -> LOG.debug("a connection was gone already: {}", gone.toString()));
    }

    /** Answers what is not HTTP, or more of it than is taken, and so never reaches the router. */
    void malformed(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        int status = cause instanceof TooLongHttpLineException
                ? 414
                : cause instanceof TooLongHttpHeaderException ? 431 : 400;
        Fault fault = ofStatus(status);
        if (request.response().ended()) {
            return;
        }
        meters.refused(fault.kind());
        String traceId = TraceParent.randomTraceId();
        String body = body(fault, traceId).encode();
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/problem+json")
                .putHeader("Cache-Control", "no-store")
                .putHeader(Trace.HEADER, traceId)
                .putHeader("Connection", "close")
                .end(body)
                .eventually(request.connection()::close)
                .onFailure(gone -> LOG.debug("a malformed request's client left: {}", gone.toString()));
    }

    /**
     * Answers a request that is not routed. The connection stays open if the request is all there, and is closed if
     * not.
     */
    void refuse(HttpServerRequest request, Fault fault, String traceId) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        meters.refused(fault.kind());
        response.setStatusCode(status(fault.kind().nature()))
                .putHeader("Content-Type", "application/problem+json")
                .putHeader("Cache-Control", "no-store")
                .putHeader(Trace.HEADER, traceId);
        if (fault.retryAfter() != null) {
            response.putHeader("Retry-After", seconds(fault.retryAfter()));
        }
        if (!request.isEnded() && BodyReader.isAnnounced(request)) {
            response.putHeader("Connection", "close");
            hangUpSoon(request);
        }
        response.end(body(fault, traceId).encode())
                .onFailure(gone -> LOG.debug("a client left before its refusal: {}", gone.toString()));
    }

    /**
     * The whole response to a request whose head does not come in time, 408; the connection is to be closed.
     *
     * @param date of the response, as in its header
     */
    byte[] tooSlow(CharSequence date) {
        meters.refused(FaultKind.REQUEST_TIMEOUT);
        Fault fault = Gate.tooSlow();
        String traceId = TraceParent.randomTraceId();
        byte[] body = body(fault, traceId).encode().getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder("HTTP/1.1 ")
                .append(HttpResponseStatus.valueOf(status(fault.kind().nature())))
                .append("\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n")
                .append("X-Content-Type-Options: nosniff\r\nDate: ")
                .append(date)
                .append("\r\n")
                .append(Trace.HEADER + ": ")
                .append(traceId);
        head.append("\r\nConnection: close\r\nContent-Length: ")
                .append(body.length)
                .append("\r\n\r\n");
        byte[] first = head.toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = Arrays.copyOf(first, first.length + body.length);
        System.arraycopy(body, 0, all, first.length, body.length);
        return all;
    }

    /** The problem document. */
    Json.Obj body(Fault fault, String traceId) {
        int status = status(fault.kind().nature());
        Json.Obj.Builder body = Json.object()
                .put("type", "urn:nostr-trust:problem:" + fault.kind().code())
                .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
                .put("status", status)
                .put("code", fault.kind().code())
                .put("detail", fault.detail())
                .put("time", clock.instant())
                .put("trace_id", traceId);
        if (!fault.violations().isEmpty()) {
            List<Json.Obj> violations = fault.violations().stream()
                    .limit(MAX_VIOLATIONS)
                    .map(violation -> Json.object()
                            .put("field", cut(violation.field()))
                            .put("message", violation.message())
                            .build())
                    .toList();
            body.put("violations", Json.array(violations))
                    .put("violation_count", fault.violations().size());
        }
        fault.hints().forEach((name, value) -> body.put(name, hint(value)));
        return body.build();
    }

    /** A field that is not known may have a name of any length, which the client has sent. */
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
                "{} {}: the client left before its answer: {}",
                RequestMeters.method(context),
                RequestMeters.route(context),
                gone.toString());
    }

    private static Fault fault(RoutingContext context) {
        Throwable failure = context.failure();
        if (failure instanceof Fault fault) {
            return fault;
        }
        // A status below 500 is the verdict of Vert.x on the request itself.
        if (context.statusCode() >= 400 && context.statusCode() < 500) {
            return ofStatus(context.statusCode());
        }
        // The operation and not the path: a path may hold anything.
        LOG.error("{} {} failed", RequestMeters.method(context), RequestMeters.route(context), failure);
        return Fault.of(FaultKind.INTERNAL_ERROR, "Something went wrong here. The trace id helps to find it.");
    }

    /** What Vert.x itself refuses with a bare status. */
    static Fault ofStatus(int status) {
        return switch (status) {
            case 414 -> Fault.of(FaultKind.URI_TOO_LONG, "The URI is longer than the server takes.");
            case 431 -> Fault.of(FaultKind.HEADERS_TOO_LARGE, "The headers are larger than the server takes.");
            default -> Fault.of(FaultKind.MALFORMED_HTTP, "The request is not well-formed HTTP.");
        };
    }

    private static String seconds(Duration retryAfter) {
        return Long.toString(Math.max(1, retryAfter.toSeconds()));
    }

    private static Json hint(Object value) {
        if (value instanceof List<?> list) {
            return Json.strings(list.stream().map(Object::toString).toList());
        }
        return value instanceof Long number ? Json.of(number.longValue()) : Json.of(value.toString());
    }
}
