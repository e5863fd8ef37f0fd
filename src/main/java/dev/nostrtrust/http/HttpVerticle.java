package dev.nostrtrust.http;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.observe.Metrics;
import dev.nostrtrust.overload.Admission;
import dev.nostrtrust.overload.AdmissionHandler;
import dev.nostrtrust.overload.ConnectionTracker;
import dev.nostrtrust.overload.RequestEnd;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the API on one event loop. All deployed instances share the port. */
public final class HttpVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(HttpVerticle.class);

    private final Settings settings;
    private final ServerOptions limits;
    private final Duration grace;
    private final Metrics metrics;
    private final RequestMeters meters;
    private final Problems problems;
    private final CrossOrigin crossOrigin;
    private final Responses responses;
    private final List<RouteModule> features;
    private final BooleanSupplier stopping;
    private @Nullable HttpServer server;
    private List<String> operations = List.of();

    /**
     * Creates the verticle.
     *
     * @param stopping whether the server is stopping; then the next answer closes its connection
     */
    public HttpVerticle(
            Settings settings,
            InstantSource clock,
            List<RouteModule> features,
            Metrics metrics,
            BooleanSupplier stopping) {
        this.settings = settings;
        this.limits = new ServerOptions(settings);
        this.grace = settings.shutdownGrace();
        this.metrics = metrics;
        this.meters = new RequestMeters(metrics, settings.accessLog());
        this.problems = new Problems(clock, meters);
        this.crossOrigin = new CrossOrigin(settings.corsOrigins().orElse(List.of()));
        this.responses = new Responses(clock);
        this.features = List.copyOf(features);
        this.stopping = stopping;
    }

    @Override
    public Future<?> start() {
        Admission admission = Admission.of(vertx, settings, metrics);
        ConnectionTracker connections = new ConnectionTracker(
                vertx, settings, metrics, admission, () -> problems.requestTimeout(responses.date()));
        Router router = Router.router(vertx);
        AdmissionHandler admissionHandler = new AdmissionHandler(vertx, settings, admission);
        Routes routes = new Routes(router, admissionHandler, settings.httpBodyLimit());
        route(router, routes, admissionHandler);
        EarlyRefusals early = new EarlyRefusals(settings, admission, problems, crossOrigin, routes, stopping);
        HttpServerOptions options = limits.serverOptions();
        HttpServer started = vertx.createHttpServer(options)
                .connectionHandler(connection -> {
                    StrictRequestDecoder.install(connection, options);
                    connections.add(connection);
                })
                .requestHandler(responses.before(connections.before(early.before(router))))
                .invalidRequestHandler(responses.before(problems::malformed));
        server = started;
        return started.listen();
    }

    /** Accepts no new connections and waits for running requests. */
    @Override
    public Future<?> stop() {
        return server == null ? Future.succeededFuture() : server.shutdown(grace.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The port it listens on, after the start. */
    public int port() {
        return server == null ? 0 : server.actualPort();
    }

    /** Every operation as {@code METHOD template}, after the start. */
    public List<String> operations() {
        return operations;
    }

    private void route(Router router, Routes routes, AdmissionHandler admissionHandler) {
        router.route().handler(context -> {
            RequestEnd.watch(context);
            RequestTrace.begin(context);
            meters.begin(context);
            if (stopping.getAsBoolean()) {
                close(context.request());
            }
            context.next();
        });
        router.route().handler(crossOrigin::handle);
        router.route().handler(this::checkAddress);
        router.route().handler(admissionHandler).failureHandler(context -> fail(context, routes));
        router.route().handler(limits.body(routes));
        features.forEach(feature -> feature.mount(routes));
        operations = routes.operations();
        router.errorHandler(404, context -> problems.send(context, notFound()));
        router.errorHandler(405, context -> methodNotAllowed(context, routes));
        router.errorHandler(400, problems::answer);
        router.errorHandler(500, problems::answer);
    }

    /** Closes the connection behind the answer to this request. */
    private void close(HttpServerRequest request) {
        request.response().putHeader("Connection", "close");
        request.connection()
                .shutdown(grace.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(gone -> LOG.debug("the connection was already closed: {}", gone.toString()));
    }

    private void checkAddress(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (!RequestPath.hasGoodEscapes(request.uri())) {
            problems.send(context, ApiError.of(ErrorCode.MALFORMED_HTTP, "The URI has an invalid percent-encoding."));
        } else if (!RequestPath.isCanonical(request.path())) {
            problems.send(context, notFound());
        } else {
            context.next();
        }
    }

    private static ApiError notFound() {
        return ApiError.of(ErrorCode.NOT_FOUND, "This path does not exist.");
    }

    private void fail(RoutingContext context, Routes routes) {
        if (context.statusCode() == 413) {
            problems.send(context, routes.oversized(context.request().path()));
        } else {
            problems.answer(context);
        }
    }

    private void methodNotAllowed(RoutingContext context, Routes routes) {
        List<String> allowed = routes.methodsOf(context.request().path());
        context.response().putHeader("Allow", String.join(", ", allowed));
        problems.send(
                context,
                ApiError.of(ErrorCode.METHOD_NOT_ALLOWED, "This path does not support the method.")
                        .with("expected", allowed));
    }
}
