package dev.nostrtrust.http;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.platform.Database;
import dev.nostrtrust.platform.Metrics;
import dev.nostrtrust.platform.Settings;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Health and metrics, on a port that is not the public one. */
public final class ManagementVerticle extends VerticleBase {
    private final Settings settings;
    private final Database database;
    private final Metrics metrics;
    private final BooleanSupplier serving;
    private @Nullable HttpServer server;

    /**
     * Makes the verticle.
     *
     * @param serving whether the server has started and is not about to stop
     */
    public ManagementVerticle(Settings settings, Database database, Metrics metrics, BooleanSupplier serving) {
        this.settings = settings;
        this.database = database;
        this.metrics = metrics;
        this.serving = serving;
    }

    @Override
    public Future<?> start() {
        Router router = Router.router(vertx);
        router.get("/health/live").handler(context -> answer(context, List.of()));
        router.get("/health/ready").handler(this::ready);
        router.get("/metrics").handler(this::scrape);
        HttpServerOptions options = new HttpServerOptions()
                .setHost(settings.managementHost())
                .setPort(settings.managementPort())
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeout(60)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
        HttpServer started = vertx.createHttpServer(options).requestHandler(router);
        server = started;
        return started.listen();
    }

    /** The port that it listens on; known once started. */
    public int port() {
        return server == null ? 0 : server.actualPort();
    }

    private void ready(RoutingContext context) {
        if (!serving.getAsBoolean()) {
            answer(context, List.of("The server is starting or stopping."));
            return;
        }
        answer(
                context,
                switch (database.state()) {
                    case PRESENT -> List.of();
                    case READ_ONLY -> List.of("The database takes no writes.");
                    case AWAY -> List.of("The database does not answer.");
                });
    }

    /** To scrape takes a while with many meters: off the event loop. */
    private void scrape(RoutingContext context) {
        vertx.executeBlocking(metrics::scrape).onFailure(context::fail).onSuccess(text -> context.response()
                .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                .end(text)
                .onFailure(gone -> Problems.logGone(context, gone)));
    }

    private static void answer(RoutingContext context, List<String> reasons) {
        context.response()
                .setStatusCode(reasons.isEmpty() ? 200 : 503)
                .putHeader("Content-Type", "application/json")
                .end(Json.object()
                        .put("status", reasons.isEmpty() ? "up" : "down")
                        .put("reasons", Json.strings(reasons))
                        .build()
                        .encode())
                .onFailure(gone -> Problems.logGone(context, gone));
    }
}
