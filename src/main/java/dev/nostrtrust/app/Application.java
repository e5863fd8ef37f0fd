package dev.nostrtrust.app;

import dev.nostrtrust.auth.SignatureWorkers;
import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.Migrations;
import dev.nostrtrust.http.HttpVerticle;
import dev.nostrtrust.http.ManagementVerticle;
import dev.nostrtrust.http.ServerPhase;
import dev.nostrtrust.observe.Metrics;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server. Starting and closing block: not for an event loop. */
public final class Application implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Application.class);

    /** The system's time to the microsecond, which is what PostgreSQL keeps. */
    public static final InstantSource SYSTEM_CLOCK = () -> Instant.now().truncatedTo(ChronoUnit.MICROS);

    private final CloseStack teardown;
    private final Vertx vertx;
    private final AtomicReference<ServerPhase> phase;
    private final Wiring instance;
    private final HttpVerticle http;
    private final ManagementVerticle management;

    private Application(
            CloseStack teardown,
            Vertx vertx,
            AtomicReference<ServerPhase> phase,
            Wiring instance,
            HttpVerticle http,
            ManagementVerticle management) {
        this.teardown = teardown;
        this.vertx = vertx;
        this.phase = phase;
        this.instance = instance;
        this.http = http;
        this.management = management;
    }

    /**
     * Migrates the database, deploys the verticles and listens. What was opened is closed again if anything goes wrong.
     *
     * @param address a database that is there
     */
    public static Application start(Configuration configuration, DatabaseAddress address, InstantSource clock) {
        CloseStack teardown = new CloseStack();
        try {
            return start(configuration, address, clock, teardown);
        } catch (RuntimeException e) {
            teardown.close();
            throw e;
        }
    }

    /** The port of the API. */
    public int port() {
        return http.port();
    }

    /** The port of health and metrics. */
    public int managementPort() {
        return management.port();
    }

    /** Every operation of the API, as {@code METHOD template}. */
    List<String> operations() {
        return http.operations();
    }

    /** What the verticles run on. */
    Vertx vertx() {
        return vertx;
    }

    /** What the server is made of. */
    Wiring instance() {
        return instance;
    }

    /**
     * Says that it is not ready any more, goes on serving for the shutdown's delay, takes no more, lets what is under
     * way end, and stops.
     */
    @Override
    public void close() {
        if (phase.getAndSet(ServerPhase.LEAVING) == ServerPhase.SERVING) {
            LOG.info("stopping");
            instance.waits().close();
            linger();
        }
        teardown.close();
    }

    /** Serves for the shutdown's delay; an interrupt ends the delay and nothing else. */
    private void linger() {
        try {
            Thread.sleep(instance.settings().shutdownDelay().toMillis());
        } catch (InterruptedException e) {
            LOG.info("stopping at once");
        }
    }

    private static Application start(
            Configuration configuration, DatabaseAddress address, InstantSource clock, CloseStack teardown) {
        Settings settings = configuration.settings();
        Migrations.apply(address);
        // Netty registers with Flight Recorder when it first allocates, which takes too long for an event loop.
        ByteBufAllocator.DEFAULT.ioBuffer(1).release();
        Vertx vertx = node(settings);
        teardown.last(() -> vertx.close().await(30, TimeUnit.SECONDS));
        Metrics metrics = Metrics.start();
        teardown.last(metrics);
        Database database = Database.open(vertx, address, settings, metrics);
        teardown.last(() -> database.close().await(10, TimeUnit.SECONDS));
        Wiring instance = instance(configuration, vertx, database, metrics, clock);
        instance.logins().selfCheck();

        deploy(vertx, instance.scoring(), teardown);
        deploy(vertx, instance.trustQuery(), teardown);
        instance.bus().verticles(instance.waits(), settings).forEach(verticle -> deploy(vertx, verticle, teardown));
        instance.sweeps().forEach(sweep -> deploy(vertx, sweep, teardown));
        AtomicReference<ServerPhase> phase = new AtomicReference<>(ServerPhase.STARTING);
        ManagementVerticle management = new ManagementVerticle(settings, database, metrics, phase::get);
        deploy(vertx, management, teardown);
        List<HttpVerticle> http = new ArrayList<>();
        for (int i = 0; i < loops(settings); i++) {
            http.add(new HttpVerticle(
                    settings, clock, instance.features(), metrics, () -> phase.get() == ServerPhase.LEAVING));
        }
        deployTogether(vertx, http, teardown);
        phase.set(ServerPhase.SERVING);
        Application application = new Application(teardown, vertx, phase, instance, http.get(0), management);
        LOG.info("serving on port {}, management on port {}", application.port(), application.managementPort());
        return application;
    }

    private static Vertx node(Settings settings) {
        try {
            return await(VertxNode.start(settings));
        } catch (RuntimeException e) { // Of the cluster's library, without a type of its own.
            throw new IllegalStateException("The cluster cannot be joined: " + e.getMessage(), e);
        }
    }

    private static Wiring instance(
            Configuration configuration, Vertx vertx, Database database, Metrics metrics, InstantSource clock) {
        Settings settings = configuration.settings();
        SignatureWorkers workers = SignatureWorkers.start(vertx, settings, metrics);
        ServerKeys keys = ServerKeys.of(settings);
        return new Wiring(
                settings,
                configuration.origins(),
                keys.challenges(),
                configuration.model(),
                database,
                metrics,
                workers,
                new Tokens(vertx, settings, keys.tokens(), workers, clock),
                new Bus(vertx),
                new ChangeWaiters(vertx, settings.httpWaiting(), settings.httpWaitingPerAddress()),
                clock);
    }

    private static int loops(Settings settings) {
        return settings.httpEventLoops() > 0
                ? settings.httpEventLoops()
                : Runtime.getRuntime().availableProcessors();
    }

    private static void deploy(Vertx vertx, Deployable verticle, CloseStack teardown) {
        String id = await(vertx.deployVerticle(verticle));
        teardown.last(() -> vertx.undeploy(id).await(60, TimeUnit.SECONDS));
    }

    /** All of them are undeployed at the same time: none takes connections while another one refuses them. */
    private static void deployTogether(Vertx vertx, List<? extends Deployable> verticles, CloseStack teardown) {
        List<String> ids = verticles.stream()
                .map(verticle -> await(vertx.deployVerticle(verticle)))
                .toList();
        teardown.last(
                () -> Future.join(ids.stream().map(vertx::undeploy).toList()).await(60, TimeUnit.SECONDS));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("The server does not start within a minute", e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) { // A future fails with anything, declared or not, such as a BindException.
            throw new IllegalStateException("The server cannot start: " + e.getMessage(), e);
        }
    }
}
