package dev.nostrtrust.app;

import dev.nostrtrust.auth.Actor;
import dev.nostrtrust.auth.Credentials;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.fixture.TestKeys;
import dev.nostrtrust.trust.api.TrustService;
import dev.nostrtrust.trust.ledger.Ledger;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A whole server in this process: real HTTP, a database of its own, a clock that a test can set forward. */
public final class TestServer implements AutoCloseable {
    public static final String ORIGIN = "https://trust.example";
    public static final String SECOND_ORIGIN = "https://second.example";
    public static final String TOKEN_KEY = key(1);
    public static final String CHALLENGE_KEY = key(2);

    /** Long timeouts, so that a slow machine decides no test. A test of a timeout sets its own. */
    private static final Map<String, String> LONG_TIMEOUTS = Map.of(
            "HTTP_REQUEST_TIMEOUT", "30s",
            "HTTP_RECEIVE_TIMEOUT", "30s",
            "HTTP_ANSWER_TARGET", "30s",
            "DATABASE_CONNECT_TIMEOUT", "10s",
            "DATABASE_STATEMENT_TIMEOUT", "30s",
            "DATABASE_LOCK_TIMEOUT", "10s",
            "DATABASE_IDLE_IN_TRANSACTION_TIMEOUT", "30s",
            "DATABASE_WATCH_TIMEOUT", "10s",
            "RATE_TIMEOUT", "30s");

    private final Application application;
    private final DatabaseAddress database;
    private final TestClock clock;

    private TestServer(Application application, DatabaseAddress database, TestClock clock) {
        this.application = application;
        this.database = database;
        this.clock = clock;
    }

    public static TestServer start() {
        return start(Map.of());
    }

    /** A server on a fresh database, with some settings of its own. */
    public static TestServer start(Map<String, String> settings) {
        return start(settings, TestDatabases.fresh(), new TestClock());
    }

    public static TestServer start(Map<String, String> settings, DatabaseAddress database, TestClock clock) {
        Map<String, String> all = new TreeMap<>(Map.of(
                "HTTP_HOST", "127.0.0.1",
                "HTTP_PORT", "0",
                "MANAGEMENT_PORT", "0",
                "HTTP_EVENT_LOOPS", "1",
                "DATABASE_URL", database.url(),
                "PUBLIC_ORIGINS", ORIGIN + "," + SECOND_ORIGIN,
                "TOKEN_KEYS", "first:" + TOKEN_KEY,
                "CHALLENGE_KEYS", "first:" + CHALLENGE_KEY,
                "EVENT_LOOP_BLOCKED_AFTER", "200ms"));
        all.put("SHUTDOWN_DELAY", "1ms");
        all.put("RATE_LIMITS", "false");
        all.putAll(LONG_TIMEOUTS);
        all.putAll(settings);
        Configuration configuration = Configuration.read(SettingsReader.of(all));
        return new TestServer(Application.start(configuration, database, clock), database, clock);
    }

    /** A key for tests, in base64. */
    public static String key(int value) {
        return TestKeys.key(value);
    }

    public int port() {
        return application.port();
    }

    public int managementPort() {
        return application.managementPort();
    }

    public TestClock clock() {
        return clock;
    }

    public DatabaseAddress database() {
        return database;
    }

    /** What it runs on. */
    public Vertx vertx() {
        return application.vertx();
    }

    /** How many polls and streams wait at the moment. */
    public int waiting() {
        return application.wiring().waiters().count();
    }

    /** How many requests hold a permit at the moment. */
    public int inFlight() {
        return gauge("http.server.in.flight");
    }

    /** How many connections are open. */
    public int connections() {
        return gauge("http.server.connections");
    }

    /** How many signatures wait or are being verified. */
    public int signatures() {
        return gauge("signatures.in.flight");
    }

    /** Keeps every signature worker busy until this is counted down. */
    public CountDownLatch holdSignatures() {
        CountDownLatch free = new CountDownLatch(1);
        int workers = Runtime.getRuntime().availableProcessors();
        CountDownLatch held = new CountDownLatch(workers);
        for (int i = 0; i < workers; i++) {
            instance().workers().run(() -> {
                held.countDown();
                return free.await(1, TimeUnit.MINUTES);
            });
        }
        try {
            held.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return free;
    }

    public TrustService trust() {
        return application.wiring().trust();
    }

    public Ledger ledger() {
        return new Ledger(application.wiring().database());
    }

    /** The messages of an event bus address, from now on. */
    public Queue<JsonObject> listen(String address) {
        Queue<JsonObject> heard = new ConcurrentLinkedQueue<>();
        await(application
                .vertx()
                .eventBus()
                .<JsonObject>consumer(address, message -> heard.add(message.body()))
                .completion());
        return heard;
    }

    /** What is replied to a request on the event bus. */
    public JsonObject ask(String address, Object body) {
        return await(asked(address, body)).body();
    }

    /** The same without waiting for it. */
    public Future<Message<JsonObject>> asked(String address, Object body) {
        return asked(address, body, new DeliveryOptions());
    }

    public Future<Message<JsonObject>> asked(String address, Object body, DeliveryOptions options) {
        return application.vertx().eventBus().request(address, body, options);
    }

    /** All rows of all tables that requests write to. */
    public long rows() {
        return count("SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM sessions)"
                + " + (SELECT count(*) FROM logins) + (SELECT count(*) FROM nostr_identities)"
                + " + (SELECT count(*) FROM trust_ledger) + (SELECT count(*) FROM audit_log)");
    }

    /** Every operation that is mounted, as {@code METHOD template}. */
    public List<String> operations() {
        return application.operations();
    }

    Wiring instance() {
        return application.wiring();
    }

    private int gauge(String name) {
        return (int) instance().metrics().registry().get(name).gauge().value();
    }

    /** The members of the cluster that this node sees. */
    public int clusterMembers() {
        return gauge("cluster.members");
    }

    /** The credentials of the server. */
    public Credentials credentials() {
        return instance().credentials();
    }

    /** A token of this scope, good for a day. */
    public String token(Scope scope) {
        return token(scope, "test-" + scope.code());
    }

    /** The same for a subject of this name. */
    public String token(Scope scope, String name) {
        return token(scope, name, Duration.ofDays(1));
    }

    /** The same for another life. */
    public String token(Scope scope, String name, Duration life) {
        String token = await(credentials().mint(scope, name, life, new Actor("test", null)))
                .token();
        // Known at once, even where a check cannot wait.
        await(credentials().refresh());
        return token;
    }

    /** The one number that a query yields, read behind the server's back. */
    public long count(String sql) {
        try (Connection connection = TestDatabases.connect(database);
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a statement behind the server's back. */
    public void execute(String sql) {
        try (Connection connection = TestDatabases.connect(database);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        application.close();
    }
}
