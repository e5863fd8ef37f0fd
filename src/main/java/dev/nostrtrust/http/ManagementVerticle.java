package dev.nostrtrust.http;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Serves health and metrics on the management port. */
public final class ManagementVerticle extends VerticleBase {
    private final Settings settings;
    private final Database database;
    private final Metrics metrics;
    private final Supplier<ServerPhase> phase;
    private @Nullable HttpServer server;

    /**
     * Creates the verticle.
     *
     * @param phase the current phase of the server
     */
    public ManagementVerticle(Settings settings, Database database, Metrics metrics, Supplier<ServerPhase> phase) {
        this.settings = settings;
        this.database = database;
        this.metrics = metrics;
        this.phase = phase;
    }

    @Override
    public Future<?> start() {
        Router router = Router.router(vertx);
        get(router, "/health/live").handler(context -> answer(context, List.of()));
        get(router, "/health/ready")
                .handler(context -> answer(context, Readiness.reasons(phase.get(), database.state())));
        get(router, "/metrics").handler(this::scrape);
        HttpServerOptions options = new HttpServerOptions()
                .setHost(settings.managementHost())
                .setPort(settings.managementPort())
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeout(60)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
        Responses responses = new Responses(InstantSource.system());
        HttpServer started = vertx.createHttpServer(options)
                .connectionHandler(connection -> StrictRequestDecoder.install(connection, options))
                .requestHandler(responses.before(router))
                .invalidRequestHandler(responses.before(HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER));
        server = started;
        return started.listen();
    }

    /** The port it listens on, after the start. */
    public int port() {
        return server == null ? 0 : server.actualPort();
    }

    private static Route get(Router router, String path) {
        return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
    }

    /** Runs off the event loop, because a scrape of many meters takes long. */
    private void scrape(RoutingContext context) {
        vertx.executeBlocking(metrics::scrape).onFailure(context::fail).onSuccess(text -> {
            context.response().putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            Responses.end(context.request(), Buffer.buffer(text)).onFailure(gone -> Problems.logGone(context, gone));
        });
    }

    private void answer(RoutingContext context, List<Readiness> reasons) {
        String awayReason = database.awayReason();
        List<Json.Obj> said =
                reasons.stream().map(reason -> reason.toJson(awayReason)).toList();
        Json.Obj body = Json.object()
                .put("status", reasons.isEmpty() ? "up" : "down")
                .put("reasons", Json.array(said))
                .build();
        context.response().setStatusCode(reasons.isEmpty() ? 200 : 503).putHeader("Content-Type", "application/json");
        Responses.end(context.request(), Buffer.buffer(body.encode()))
                .onFailure(gone -> Problems.logGone(context, gone));
    }
}
