package dev.nostrtrust.http;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.http.Routes.LargerBody;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the body of a request of any media type, up to a limit in bytes. Any event loop. */
final class BodyReader implements Handler<RoutingContext> {
    private final int serverLimit;
    private final Function<String, @Nullable LargerBody> largerBodies;

    /**
     * Creates a reader.
     *
     * @param limit the limit of the server
     * @param largerBodies the limit of a path where it is another one
     */
    BodyReader(int limit, Function<String, @Nullable LargerBody> largerBodies) {
        this.serverLimit = limit;
        this.largerBodies = largerBodies;
    }

    /** Whether a request announces a body. */
    static boolean isAnnounced(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return (length != null && !length.equals("0")) || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }

    @Override
    public void handle(RoutingContext context) {
        LargerBody larger = mayBeLarger(context.request())
                ? largerBodies.apply(context.request().path())
                : null;
        if (larger == null) {
            read(context, serverLimit);
        } else {
            // The body must not arrive before it is read.
            context.request().pause();
            larger.permission()
                    .apply(new Request(context))
                    .onSuccess(permitted -> read(context, larger.bytes()))
                    .onFailure(context::fail);
        }
    }

    /** Whether a body is announced that may have more bytes than the limit of the server. */
    private boolean mayBeLarger(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // The decoder has checked that this is a number.
        return length == null
                ? request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
                : Long.parseLong(length) > serverLimit;
    }

    private static void read(RoutingContext context, int limit) {
        HttpServerRequest request = context.request();
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        // The decoder has checked that this is a number.
        if (length != null && Long.parseLong(length) > limit) {
            context.fail(413);
            return;
        }
        String expect = request.getHeader(HttpHeaders.EXPECT);
        if (expect != null && request.version() != HttpVersion.HTTP_1_0) {
            if (!expect.equalsIgnoreCase("100-continue")) {
                context.fail(ApiError.of(
                        ErrorCode.EXPECTATION_FAILED, "The server supports no expectation other than 100-continue."));
                return;
            }
            if (isAnnounced(request)) {
                context.response().writeContinue().onFailure(gone -> Problems.logGone(context, gone));
            }
        }
        new Reading(context, limit).begin();
    }

    /** The body of one request. */
    private static final class Reading {
        private final RoutingContext context;
        private final int limit;
        private final Buffer body = Buffer.buffer();
        private boolean over;

        Reading(RoutingContext context, int limit) {
            this.context = context;
            this.limit = limit;
        }

        void begin() {
            context.request()
                    .handler(this::take)
                    .endHandler(end -> end())
                    .exceptionHandler(e -> broken())
                    .resume();
        }

        private void take(Buffer part) {
            if (!over) {
                if (body.length() + part.length() > limit) {
                    over = true;
                    context.fail(413);
                } else {
                    body.appendBuffer(part);
                }
            }
        }

        private void end() {
            if (!over) {
                over = true;
                ((RoutingContextInternal) context).setBody(body);
                context.next();
            }
        }

        /** Fails the request: its body is not valid HTTP, or its client has gone. */
        private void broken() {
            if (!over) {
                over = true;
                context.fail(
                        ApiError.of(ErrorCode.MALFORMED_HTTP, "The body is not well-formed HTTP, or ended early."));
                // Vert.x now closes the connection and drops unflushed data.
                ((HttpServerConnection) context.request().connection())
                        .channelHandlerContext()
                        .flush();
            }
        }
    }
}
