package dev.nostrtrust.http;

import dev.nostrtrust.config.Settings;
import io.vertx.core.http.HttpServerOptions;
import java.util.concurrent.TimeUnit;

/** The options of the HTTP server and the limits of a request. */
final class ServerOptions {
    /** The send buffer of a connection in the kernel, in bytes. The default grows to megabytes. */
    private static final int SEND_BUFFER = 16 * 1024;

    private final Settings settings;

    ServerOptions(Settings settings) {
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

    BodyReader body(Routes routes) {
        return new BodyReader(settings.httpBodyLimit(), routes::largerBody);
    }
}
