package dev.nostrtrust.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.fixture.RecordedLog;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Tuple;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which connections are kept or replaced, and why. */
@ExtendWith(VertxExtension.class)
class DatabaseTest {
    private static final String WRITE = "INSERT INTO things VALUES (1) RETURNING 'written'";
    private static final String REPLACED = "replacing the connections to the database";

    private final Vertx vertx;
    private final DatabaseAddress address = TestDatabases.empty();
    private final String name = address.url().substring(address.url().lastIndexOf('/') + 1);
    private final DatabaseAddress maintenance =
            new DatabaseAddress(address.url().replace("/" + name, "/postgres"));
    private final List<Database> opened = new ArrayList<>();

    DatabaseTest(Vertx vertx) {
        this.vertx = vertx;
        outOfBand("CREATE TABLE things (n int)");
    }

    @AfterEach
    void close() {
        opened.forEach(database -> TestServer.await(database.close()));
    }

    private Database open(Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>(Map.of(
                "DATABASE_CONNECT_TIMEOUT", "20s",
                "DATABASE_STATEMENT_TIMEOUT", "20s",
                "DATABASE_WATCH_TIMEOUT", "10s",
                "DATABASE_WATCH_INTERVAL", "20ms"));
        all.putAll(settings);
        Database database = Database.open(vertx, address, SettingsReader.of(all).settings(), Metrics.start());
        opened.add(database);
        return database;
    }

    /** Runs SQL through another database of the same server, because this one may be unreachable. */
    private void outOfBand(String sql) {
        execute(sql.startsWith("ALTER DATABASE") || sql.contains("pg_") ? maintenance : address, sql);
    }

    private static void execute(DatabaseAddress address, String sql) {
        try (Connection connection = TestDatabases.connect(address);
                Statement statement = connection.createStatement()) {
            statement.execute("BEGIN READ WRITE; " + sql + "; COMMIT");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private long number(String sql) {
        try (Connection connection = TestDatabases.connect(maintenance);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void endConnections() {
        outOfBand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
    }

    private static Future<String> ask(Database database, String sql) {
        return database.execute(sql, Tuple.tuple())
                .map(rows -> rows.iterator().next().getValue(0).toString());
    }

    private static boolean works(Database database, String sql) {
        Future<String> asked = ask(database, sql);
        try {
            TestServer.await(asked);
        } catch (ApiError unavailable) {
            return false;
        }
        return true;
    }

    @Tag("full")
    @Test
    void a_lock_on_a_table_under_load_replaces_no_connections() throws SQLException {
        Database database = open(Map.of(
                "DATABASE_STATEMENT_TIMEOUT", "300ms",
                "DATABASE_LOCK_TIMEOUT", "200ms",
                "DATABASE_CONNECTIONS", "2",
                "DATABASE_TRANSACTIONS", "2"));
        AtomicInteger answered = new AtomicInteger();
        TestServer.await(ask(database, WRITE));
        try (RecordedLog log = new RecordedLog(Database.class);
                Connection holder = TestDatabases.connect(address);
                Statement lock = holder.createStatement()) {
            holder.setAutoCommit(false);
            lock.execute("LOCK TABLE things");

            for (int round = 0; round < 5; round++) {
                List<Future<?>> load = new ArrayList<>();
                for (int i = 0; i < 64; i++) {
                    load.add(ask(database, WRITE).otherwise("refused"));
                    load.add(database.transaction(connection ->
                                    connection.query(WRITE).execute().map("written"))
                            .otherwise("refused"));
                }
                TestServer.await(Future.join(load).map(answered.addAndGet(load.size())));
            }
            holder.rollback();
            Waiting.until(() -> works(database, WRITE));

            assertThat(log.lines()).noneMatch(line -> line.contains(REPLACED));
            assertThat(number("SELECT count(*) FROM pg_stat_activity WHERE datname = '" + name
                            + "' AND application_name = 'nostr-trust-engine'"))
                    .isLessThanOrEqualTo(2 + 2 + 1);
        }
        assertThat(answered).hasValue(5 * 128);
    }

    @Tag("full")
    @Test
    void a_silent_connection_is_closed_and_the_others_are_kept() throws Exception {
        Database database = open(Map.of(
                "DATABASE_STATEMENT_TIMEOUT", "500ms",
                "DATABASE_IDLE_IN_TRANSACTION_TIMEOUT", "500ms",
                "DATABASE_CONNECT_TIMEOUT", "1s",
                "DATABASE_CONNECTIONS", "1",
                "DATABASE_PIPELINING", "1"));
        String pid = "SELECT pg_backend_pid()";
        String frozen = TestServer.await(ask(database, pid));
        signal(frozen, "STOP");
        try (RecordedLog log = new RecordedLog(Database.class)) {
            assertThat(works(database, pid)).isFalse();

            Waiting.until(() -> works(database, pid));

            assertThat(TestServer.await(ask(database, pid))).isNotEqualTo(frozen);
            assertThat(log.lines()).noneMatch(line -> line.contains(REPLACED));
        } finally {
            signal(frozen, "CONT");
        }
    }

    private static void signal(String pid, String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor())
                .isZero();
    }

    @Test
    void statements_have_generic_plans_unless_they_ask_for_custom_ones() {
        Database database = open(Map.of());
        String mode = "SHOW plan_cache_mode";

        assertThat(TestServer.await(ask(database, mode))).isEqualTo("force_generic_plan");
        assertThat(TestServer.await(database.executeWithCustomPlan(mode, Tuple.tuple()))
                        .iterator()
                        .next()
                        .getString(0))
                .isEqualTo("auto");
    }

    @Test
    void after_a_failover_with_a_live_old_primary_connections_reach_the_new_one() {
        outOfBand("ALTER DATABASE " + name + " SET default_transaction_read_only = on");
        Database database = open(Map.of());
        Waiting.until(() -> database.state() == DatabaseState.READ_ONLY);
        assertThat(works(database, WRITE)).isFalse();

        // Affects new connections only: existing ones still reach the read-only server.
        outOfBand("ALTER DATABASE " + name + " RESET default_transaction_read_only");

        Waiting.until(() -> database.state() == DatabaseState.PRESENT);
        Waiting.until(() -> works(database, WRITE));
    }

    @Test
    void connections_to_a_read_only_server_are_replaced_when_new_ones_are_writable() {
        Database database = open(Map.of("DATABASE_CONNECTIONS", "1"));
        TestServer.await(database.execute("SET default_transaction_read_only = on", Tuple.tuple()));
        try (RecordedLog log = new RecordedLog(Database.class)) {
            assertThat(works(database, WRITE)).isFalse();

            Waiting.until(() -> works(database, WRITE));

            assertThat(log.lines()).filteredOn(line -> line.contains(REPLACED)).hasSize(1);
        }
        assertThat(database.state()).isEqualTo(DatabaseState.PRESENT);
    }

    @Test
    void repeated_replacement_keeps_at_most_two_sets_open() {
        Database database = open(Map.of("DATABASE_CONNECTIONS", "1", "DATABASE_IDLE_IN_TRANSACTION_TIMEOUT", "10m"));
        String open = "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + name
                + "' AND application_name = 'nostr-trust-engine'";
        for (int time = 0; time < 4; time++) {
            TestServer.await(database.execute("SET default_transaction_read_only = on", Tuple.tuple()));
            Waiting.until(() -> works(database, WRITE));
        }

        Waiting.until(() -> number(open) <= 2 + 1);
    }

    @Test
    void the_reason_is_reported_and_logged_once_per_change() {
        String role = "changing_" + name;
        execute(address, "CREATE ROLE " + role + " LOGIN SUPERUSER PASSWORD 'TOPSECRET'");
        Database database = Database.open(
                vertx,
                new DatabaseAddress(address.url().replaceFirst("//[^@]*@", "//" + role + ":TOPSECRET@")),
                SettingsReader.of(Map.of("DATABASE_WATCH_INTERVAL", "20ms", "DATABASE_WATCH_TIMEOUT", "10s"))
                        .settings(),
                Metrics.start());
        opened.add(database);
        Waiting.until(() -> works(database, WRITE));
        try (RecordedLog log = new RecordedLog(DatabaseWatch.class)) {
            execute(maintenance, "ALTER ROLE " + role + " PASSWORD 'other'");
            endConnections();
            Waiting.until(() -> String.valueOf(database.awayReason()).contains("28P01"));
            outOfBand("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
            execute(maintenance, "ALTER ROLE " + role + " NOSUPERUSER PASSWORD 'TOPSECRET'");
            Waiting.until(() -> String.valueOf(database.awayReason()).contains("not currently accepting"));
            outOfBand("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true");
            execute(address, "GRANT INSERT, SELECT ON things TO " + role);
            Waiting.until(() -> works(database, WRITE));

            assertThat(database.awayReason()).isNull();
            assertThat(log.lines().stream().filter(line -> line.startsWith("the database is")))
                    .hasSizeLessThan(8)
                    .anyMatch(line -> line.contains("AWAY: FATAL: password authentication failed for user"))
                    .anyMatch(
                            line -> line.contains("AWAY: FATAL: database \"" + name + "\" is not currently accepting"))
                    .anyMatch(line -> line.equals("the database is PRESENT"))
                    .noneMatch(line -> line.contains("TOPSECRET"));
        }
    }

    @Test
    void the_watch_continues_after_any_failure() {
        AtomicInteger returns = new AtomicInteger();
        Settings settings = SettingsReader.of(
                        Map.of("DATABASE_WATCH_INTERVAL", "20ms", "DATABASE_WATCH_TIMEOUT", "10s"))
                .settings();
        DatabaseWatch watch = DatabaseWatch.start(vertx, address, settings, () -> {
            returns.incrementAndGet();
            throw new IllegalStateException("on purpose");
        });
        try {
            for (int time = 1; time <= 2; time++) {
                outOfBand("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
                endConnections();
                Waiting.until(() -> watch.last().state() == DatabaseState.AWAY);
                outOfBand("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true");
                Waiting.until(() -> watch.last().state() == DatabaseState.PRESENT);
            }
        } finally {
            watch.stop();
        }
        assertThat(returns).hasValue(2);
    }
}
