package dev.nostrtrust.http;

import dev.nostrtrust.fault.Fault;
import dev.nostrtrust.fault.FaultKind;
import dev.nostrtrust.platform.Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How large a request may be, and of what kind. */
final class Limits {
    /** What the kernel holds of answers for one client, in bytes; left to itself, it holds megabytes. */
    private static final int SEND_BUFFER = 16 * 1024;

    private final Settings settings;

    Limits(Settings settings) {
        this.settings = settings;
    }

    HttpServerOptions serverOptions() {
        return new HttpServerOptions()
                .setHost(settings.httpHost())
                .setPort(settings.httpPort())
                .setHttp2ClearTextEnabled(false)
                .setMaxInitialLineLength(settings.httpLineLimit())
                .setMaxHeaderSize(settings.httpHeaderLimit())
                .setSendBufferSize(SEND_BUFFER)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setIdleTimeout((int) settings.httpIdleTimeout().toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
    }

    BodyHandler body() {
        return BodyHandler.create(false)
                .setBodyLimit(settings.httpBodyLimit())
                .setMergeFormAttributes(false)
                .setHandleFileUploads(false);
    }

    /** Refuses forms before they are read: their decoders are of no use here. */
    void forms(RoutingContext context) {
        String type =
                String.valueOf(context.request().getHeader("Content-Type")).toLowerCase(Locale.ROOT);
        if (type.startsWith("multipart/") || type.startsWith("application/x-www-form-urlencoded")) {
            context.fail(Fault.of(FaultKind.UNSUPPORTED_MEDIA_TYPE, "The body is to be sent as application/json."));
        } else {
            context.next();
        }
    }
}
