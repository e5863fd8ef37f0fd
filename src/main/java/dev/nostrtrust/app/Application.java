package dev.nostrtrust.app;

import dev.nostrtrust.auth.Credentials;
import dev.nostrtrust.auth.SignatureWorkers;
import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.ClusterMembers;
import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.config.ClusterSettings.Engine;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.Migrations;
import dev.nostrtrust.http.HttpVerticle;
import dev.nostrtrust.http.ManagementVerticle;
import dev.nostrtrust.http.ServerPhase;
import dev.nostrtrust.job.JobService;
import dev.nostrtrust.job.LeaseService;
import dev.nostrtrust.observe.Metrics;
import io.micrometer.core.instrument.Gauge;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server. Starting and closing block: not for an event loop. */
public final class Application implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Application.class);

    /** The system clock in microseconds, the precision of PostgreSQL. */
    public static final InstantSource SYSTEM_CLOCK = () -> Instant.now().truncatedTo(ChronoUnit.MICROS);

    private final CloseStack closeStack;
    private final Vertx vertx;
    private final AtomicReference<ServerPhase> phase;
    private final Wiring wiring;
    private final HttpVerticle http;
    private final ManagementVerticle management;

    private Application(
            CloseStack closeStack,
            Vertx vertx,
            AtomicReference<ServerPhase> phase,
            Wiring wiring,
            HttpVerticle http,
            ManagementVerticle management) {
        this.closeStack = closeStack;
        this.vertx = vertx;
        this.phase = phase;
        this.wiring = wiring;
        this.http = http;
        this.management = management;
    }

    /**
     * Migrates the database, deploys the verticles and listens. Closes everything again if the start fails.
     *
     * @param address address of a reachable database
     */
    public static Application start(Configuration configuration, DatabaseAddress address, InstantSource clock) {
        CloseStack closeStack = new CloseStack();
        try {
            return start(configuration, address, clock, closeStack);
        } catch (RuntimeException e) {
            closeStack.close();
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

    /** The Vert.x instance of the server. */
    Vertx vertx() {
        return vertx;
    }

    /** The components of the server. */
    Wiring wiring() {
        return wiring;
    }

    /**
     * Stops the server: reports not ready, serves for SHUTDOWN_DELAY, accepts no more requests, waits for running
     * requests, and closes.
     */
    @Override
    public void close() {
        if (phase.getAndSet(ServerPhase.LEAVING) == ServerPhase.SERVING) {
            LOG.info("stopping");
            wiring.waiters().close();
            awaitShutdownDelay();
        }
        closeStack.close();
    }

    /** Waits for SHUTDOWN_DELAY. An interrupt only ends the delay. */
    private void awaitShutdownDelay() {
        try {
            Thread.sleep(wiring.settings().shutdownDelay().toMillis());
        } catch (InterruptedException e) {
            LOG.info("shutdown delay interrupted");
        }
    }

    private static Application start(
            Configuration configuration, DatabaseAddress address, InstantSource clock, CloseStack closeStack) {
        Settings settings = configuration.settings();
        // The rest of the start, up to the first use of the schema, runs beside the migration. A node joins its cluster
        // after it.
        CompletableFuture<Void> migration = migrate(address, closeStack);
        if (settings.cluster() != Engine.NONE) {
            awaitMigration(migration);
        }
        // Netty's first allocation registers with Flight Recorder, which is too slow for an event loop.
        ByteBufAllocator.DEFAULT.ioBuffer(1).release();
        ClusterMembers members = new ClusterMembers();
        Vertx vertx = startVertx(settings, members);
        closeStack.push(() -> vertx.close().await(30, TimeUnit.SECONDS));
        Metrics metrics = Metrics.start();
        closeStack.push(metrics);
        if (vertx.isClustered()) {
            Gauge.builder("cluster.members", members, ClusterMembers::count)
                    .description("Members of the cluster as this node sees them, nodes and consumers.")
                    .strongReference(true)
                    .register(metrics.registry());
        }
        Database database = Database.open(vertx, address, settings, metrics);
        closeStack.push(() -> database.close().await(10, TimeUnit.SECONDS));
        Wiring wiring = wiring(configuration, vertx, database, metrics, clock);
        wiring.logins().selfCheck();
        awaitMigration(migration);

        deploy(vertx, wiring.scoring(), closeStack);
        deploy(vertx, wiring.trustQuery(), closeStack);
        wiring.bus().verticles(wiring.waiters(), settings).forEach(verticle -> deploy(vertx, verticle, closeStack));
        wiring.sweeps().forEach(sweep -> deploy(vertx, sweep, closeStack));
        AtomicReference<ServerPhase> phase = new AtomicReference<>(ServerPhase.STARTING);
        ManagementVerticle management = new ManagementVerticle(settings, database, metrics, phase::get);
        deploy(vertx, management, closeStack);
        List<HttpVerticle> http = new ArrayList<>();
        for (int i = 0; i < eventLoops(settings); i++) {
            http.add(new HttpVerticle(
                    settings, clock, wiring.routeModules(), metrics, () -> phase.get() == ServerPhase.LEAVING));
        }
        deployTogether(vertx, http, closeStack);
        phase.set(ServerPhase.SERVING);
        Application application = new Application(closeStack, vertx, phase, wiring, http.get(0), management);
        LOG.info("serving on port {}, management on port {}", application.port(), application.managementPort());
        return application;
    }

    /** Migrates on a thread of its own. If the start fails meanwhile, the running step is completed. */
    private static CompletableFuture<Void> migrate(DatabaseAddress address, CloseStack closeStack) {
        return CompletableFuture.runAsync(() -> Migrations.apply(address), task -> {
            Thread thread = new Thread(task, "migration");
            closeStack.push(() -> {
                thread.interrupt();
                thread.join();
            });
            thread.start();
        });
    }

    private static void awaitMigration(CompletableFuture<Void> migration) {
        try {
            migration.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static Vertx startVertx(Settings settings, ClusterMembers members) {
        try {
            return await(VertxNode.start(settings, members));
        } catch (RuntimeException e) { // The cluster library throws no type of its own.
            throw new IllegalStateException("Joining the cluster failed: " + e.getMessage(), e);
        }
    }

    static Wiring wiring(
            Configuration configuration, Vertx vertx, Database database, Metrics metrics, InstantSource clock) {
        Settings settings = configuration.settings();
        SignatureWorkers workers = SignatureWorkers.start(vertx, settings, metrics);
        ServerKeys keys = ServerKeys.of(settings);
        Tokens tokens = new Tokens(vertx, settings, keys.tokens(), workers, clock);
        Bus bus = new Bus(vertx);
        JobService jobs = new JobService(database, configuration.model(), settings, clock, bus);
        return new Wiring(
                settings,
                configuration.origins(),
                keys.challenges(),
                configuration.model(),
                database,
                metrics,
                workers,
                tokens,
                new Credentials(database, tokens, clock),
                bus,
                new ChangeWaiters(vertx, settings.httpWaiting(), settings.httpWaitingPerAddress()),
                jobs,
                new LeaseService(database, jobs, settings, clock, bus),
                clock);
    }

    private static int eventLoops(Settings settings) {
        return settings.httpEventLoops() > 0
                ? settings.httpEventLoops()
                : Runtime.getRuntime().availableProcessors();
    }

    private static void deploy(Vertx vertx, Deployable verticle, CloseStack closeStack) {
        String id = await(vertx.deployVerticle(verticle));
        closeStack.push(() -> vertx.undeploy(id).await(60, TimeUnit.SECONDS));
    }

    /** Undeploys all at the same time, so that none accepts connections while another refuses them. */
    private static void deployTogether(Vertx vertx, List<? extends Deployable> verticles, CloseStack closeStack) {
        List<String> ids = verticles.stream()
                .map(verticle -> await(vertx.deployVerticle(verticle)))
                .toList();
        closeStack.push(
                () -> Future.join(ids.stream().map(vertx::undeploy).toList()).await(60, TimeUnit.SECONDS));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("The server did not start within one minute", e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) { // A future may fail with a checked exception, such as BindException.
            throw new IllegalStateException("The server failed to start: " + e.getMessage(), e);
        }
    }
}
