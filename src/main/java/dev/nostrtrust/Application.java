package dev.nostrtrust;

import dev.nostrtrust.http.HttpVerticle;
import dev.nostrtrust.http.ManagementVerticle;
import dev.nostrtrust.identity.Tokens;
import dev.nostrtrust.job.SweepVerticle;
import dev.nostrtrust.platform.Bus;
import dev.nostrtrust.platform.DataDirectory;
import dev.nostrtrust.platform.Database;
import dev.nostrtrust.platform.DatabaseAddress;
import dev.nostrtrust.platform.EmbeddedPostgres;
import dev.nostrtrust.platform.Migrations;
import dev.nostrtrust.platform.Origins;
import dev.nostrtrust.platform.Settings;
import dev.nostrtrust.platform.SignatureWorkers;
import dev.nostrtrust.trust.ScoringVerticle;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server: database, migrations, verticles, and the way back. Starting and closing block: not for an event
 * loop.
 */
public final class Application implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Application.class);

    /** The system's time to the microsecond, which is what PostgreSQL keeps. */
    public static final InstantSource SYSTEM_CLOCK = () -> Instant.now().truncatedTo(ChronoUnit.MICROS);

    private final Configuration configuration;
    private final AtomicBoolean serving = new AtomicBoolean();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final List<HttpVerticle> http = new ArrayList<>();
    private ManagementVerticle management;
    private Instance instance;

    private Application(Configuration configuration, InstantSource clock) {
        this.configuration = configuration;
        try {
            start(clock);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Starts a server; what goes wrong is undone before it is thrown. */
    public static Application start(Configuration configuration, InstantSource clock) {
        return new Application(configuration, clock);
    }

    /** The port of the API. */
    public int port() {
        return http.get(0).port();
    }

    /** The port of health and metrics. */
    public int managementPort() {
        return management.port();
    }

    /** What the server is made of, for those who embed it. */
    Instance instance() {
        return instance;
    }

    /** Where the embedded PostgreSQL, or the one given, is. */
    DatabaseAddress databaseAddress() {
        return address;
    }

    private DatabaseAddress address;

    private void start(InstantSource clock) {
        Settings settings = configuration.settings();
        address = settings.databaseUrl().map(DatabaseAddress::new).orElseGet(this::embedded);
        Migrations.apply(address);
        Vertx vertx = Vertx.vertx(options(settings));
        opened.push(() -> vertx.close().await(30, TimeUnit.SECONDS));
        Database database = Database.open(vertx, address, settings);
        opened.push(() -> database.close().await(10, TimeUnit.SECONDS));
        SignatureWorkers workers = SignatureWorkers.start(vertx, settings);
        KeyRing keys = KeyRing.of(settings);
        Tokens tokens = new Tokens(vertx, settings, keys.tokens(), workers, clock);
        await(tokens.refuseForgery());
        Origins origins = configuration.origins();
        instance = new Instance(
                settings,
                origins,
                keys.challenges(),
                configuration.model(),
                database,
                workers,
                tokens,
                new Bus(vertx),
                clock);
        deploy(vertx, settings);
        serving.set(true);
        LOG.info("serving on port {}, management on port {}", port(), managementPort());
    }

    private void deploy(Vertx vertx, Settings settings) {
        Instance parts = instance;
        deploy(vertx, new ScoringVerticle(parts.database(), parts.model(), settings, parts.clock(), parts.bus()));
        deploy(vertx, new SweepVerticle(parts.jobs(), parts.sessions(), settings));
        management = new ManagementVerticle(settings, parts.database(), serving::get);
        deploy(vertx, management);
        int loops = settings.httpEventLoops() > 0
                ? settings.httpEventLoops()
                : Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < loops; i++) {
            HttpVerticle verticle = new HttpVerticle(settings, parts.clock(), parts.features());
            deploy(vertx, verticle);
            http.add(verticle);
        }
    }

    private void deploy(Vertx vertx, Deployable verticle) {
        String id = await(vertx.deployVerticle(verticle));
        opened.push(() -> vertx.undeploy(id).await(60, TimeUnit.SECONDS));
    }

    private DatabaseAddress embedded() {
        DataDirectory directory = DataDirectory.open(configuration.settings().dataDir());
        opened.push(directory);
        EmbeddedPostgres postgres = EmbeddedPostgres.start(directory);
        opened.push(postgres);
        return postgres.address();
    }

    /** Says that it is not ready any more, lets what is under way end, and stops: the last that was opened first. */
    @Override
    public synchronized void close() {
        serving.set(false);
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (
                    Exception
                            e) { // AutoCloseable declares nothing narrower, and the rest has to be closed all the same.
                LOG.warn("on the way down: {}", e.toString());
            }
        }
    }

    private static VertxOptions options(Settings settings) {
        long warnMillis = settings.eventLoopBlockedAfter().toMillis();
        return new VertxOptions()
                .setMaxEventLoopExecuteTime(warnMillis)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
                .setBlockedThreadCheckInterval(Math.max(10, warnMillis / 2))
                .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS);
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("The server does not start within a minute", e);
        }
    }
}
