package dev.nostrtrust.http;

import dev.nostrtrust.fault.Fault;
import dev.nostrtrust.fault.FaultKind;
import dev.nostrtrust.platform.Settings;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How large, how long and how slow a request may be. */
final class Limits {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Settings settings;

    Limits(Settings settings) {
        this.settings = settings;
    }

    HttpServerOptions serverOptions() {
        return new HttpServerOptions()
                .setHost(settings.httpHost())
                .setPort(settings.httpPort())
                .setHttp2ClearTextEnabled(false)
                .setMaxInitialLineLength(4096)
                .setMaxHeaderSize(16_384)
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

    /** Cuts a request off that takes too long: in coming, 408; in being answered, 503. */
    void deadline(RoutingContext context) {
        Vertx vertx = context.vertx();
        long timer = vertx.setTimer(settings.httpRequestTimeout().toMillis(), fired -> {
            boolean whole = context.request().isEnded();
            context.fail(
                    whole
                            ? Fault.unavailable(
                                    FaultKind.OVERLOADED, "The answer took longer than the server allows.", RETRY_AFTER)
                            : Fault.of(FaultKind.REQUEST_TIMEOUT, "The request took longer to come than is allowed."));
        });
        context.addEndHandler(ended -> vertx.cancelTimer(timer));
        context.next();
    }
}
