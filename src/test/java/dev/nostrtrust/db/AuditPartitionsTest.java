package dev.nostrtrust.db;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.PGConnection;

/** The audit log is one table for servers and one table a month for operators, and nobody changes a row of either. */
@ExtendWith(VertxExtension.class)
class AuditPartitionsTest {
    private static final String OLD = "audit_log_2020_05";

    private MigratedDatabase database;
    private AuditPartitions partitions;

    @BeforeEach
    void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        partitions = new AuditPartitions(database.database());
    }

    /** The name of the partition that is some months ahead. */
    private String month(int ahead) {
        return text("SELECT to_char((now() AT TIME ZONE 'UTC') + interval '" + ahead
                + " months', '\"audit_log_\"YYYY_MM')");
    }

    private String text(String query) {
        try (Connection connection = TestDatabases.connect(database.address());
                var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> all() {
        return List.of(text("SELECT string_agg(inhrelid::regclass::text, ' ' ORDER BY inhrelid::regclass::text)"
                        + " FROM pg_inherits WHERE inhparent = 'audit_log'::regclass")
                .split(" "));
    }

    private void write(String action, String at) {
        database.sql("INSERT INTO audit_log (actor, action, at) VALUES ('test', '" + action + "', " + at + ")");
    }

    private long rows(String table) {
        return database.sql("SELECT count(*) FROM " + table);
    }

    /** A month that the server created long ago. */
    private void createOldMonth() {
        database.sql("CREATE TABLE " + OLD + " PARTITION OF audit_log FOR VALUES FROM ('2020-05-01 00:00:00+00')"
                + " TO ('2020-06-01 00:00:00+00')");
        database.sql("CREATE TRIGGER audit_log_truncate BEFORE TRUNCATE ON " + OLD
                + " FOR EACH STATEMENT EXECUTE FUNCTION append_only()");
    }

    @Test
    void the_current_month_and_the_next_three_have_partitions_from_the_start() {
        write("now", "now()");
        write("last moment", "date_trunc('month', now(), 'UTC') + interval '1 month' - interval '1 microsecond'");
        write("later", "now() + interval '1 year'");

        assertThat(all()).containsExactlyInAnyOrder(month(0), month(1), month(2), month(3), "audit_log_default");
        assertThat(rows(month(0))).isEqualTo(2);
        assertThat(rows("audit_log_default")).isEqualTo(1);
    }

    @Test
    void a_server_creates_missing_months_at_its_start() {
        database.sql("DROP TABLE " + month(2));
        try (TestServer server = TestServer.start(Map.of(), database.address(), new TestClock())) {
            Waiting.until(() -> server.count("SELECT count(*) FROM pg_class WHERE relname = '" + month(2) + "'") == 1);
        }
    }

    @Test
    void callers_at_the_same_time_create_each_month_once() {
        database.sql("DROP TABLE " + month(1) + ", " + month(2));
        List<Future<Void>> creations = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            creations.add(partitions.create());
        }

        await(Future.all(creations));

        assertThat(all()).hasSize(5);
        assertThat(database.sql("SELECT create_audit_partitions(3)")).isZero();
        assertThat(database.sql("SELECT create_audit_partitions(5)")).isEqualTo(2);
    }

    @Test
    void no_row_of_any_partition_is_changed_deleted_or_truncated() {
        database.sql("DROP TABLE " + month(3));
        await(partitions.create());
        createOldMonth();
        write("old", "'2020-05-07'");
        write("default", "'2020-01-01'");
        for (int ahead = 0; ahead < 4; ahead++) {
            write("month", "now() + interval '" + ahead + " months'");
        }
        List<String> tables = new ArrayList<>(all());
        tables.add("audit_log");

        assertThat(tables).hasSize(7);
        for (String table : tables) {
            assertThat(rows(table)).as(table).isPositive();
            for (String change : List.of(
                    "UPDATE " + table + " SET actor = 'me'",
                    "UPDATE " + table + " SET at = now()",
                    "DELETE FROM " + table,
                    "TRUNCATE " + table)) {
                assertThatThrownBy(() -> database.sql(change)).as(change).hasMessageContaining("append-only");
            }
        }
        assertThat(rows("audit_log")).isEqualTo(6);
    }

    @Test
    void a_month_with_rows_in_the_default_partition_stays_there_and_the_next_ones_are_created() {
        database.sql("DROP TABLE " + month(0) + ", " + month(1));
        write("early", "now()");

        await(partitions.create());
        await(partitions.create());
        write("late", "now()");

        assertThat(all()).containsExactlyInAnyOrder(month(1), month(2), month(3), "audit_log_default");
        assertThat(rows("audit_log_default")).isEqualTo(2);
    }

    @Test
    void the_role_of_a_server_creates_partitions_without_the_right_to_create_tables() throws SQLException {
        String role = "serving_" + text("SELECT current_database()");
        database.sql("CREATE ROLE " + role);
        database.sql("DROP TABLE " + month(3));
        try (Connection connection = TestDatabases.connect(database.address());
                var statement = connection.createStatement()) {
            for (String rights : List.of("USAGE ON SCHEMA public", "SELECT, INSERT, UPDATE, DELETE ON audit_log")) {
                statement.execute("GRANT " + rights + " TO " + role);
            }
            statement.execute("SET ROLE " + role);
            statement.execute("SET search_path = pg_temp");
            assertThatThrownBy(() -> statement.execute("CREATE TABLE public.own (id int)"))
                    .hasMessageContaining("permission denied");

            statement.execute("SELECT public.create_audit_partitions(3)");
            statement.execute(
                    "INSERT INTO public.audit_log (actor, action, at) VALUES ('a', 'b', now() + interval '3 months')");
        } finally {
            database.sql("DROP OWNED BY " + role);
            database.sql("DROP ROLE " + role);
        }

        assertThat(rows(month(3))).isEqualTo(1);
    }

    @Test
    void partitions_are_created_in_the_schema_of_the_log() throws SQLException {
        DatabaseAddress empty = TestDatabases.empty();
        try (Connection connection = TestDatabases.connect(empty);
                var statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA trust");
        }
        DatabaseAddress address = new DatabaseAddress(empty.url() + "?search_path=trust,public");
        Migrations.apply(address);

        try (Connection connection = TestDatabases.connect(empty);
                var statement = connection.createStatement();
                var created = statement.executeQuery("SELECT trust.create_audit_partitions(4)")) {
            created.next();
            assertThat(created.getInt(1)).isEqualTo(1);
            try (var rows = statement.executeQuery(
                    "SELECT count(*) FROM pg_class WHERE relname LIKE 'audit\\_log\\_2%' AND relkind = 'r'"
                            + " AND relnamespace = 'trust'::regnamespace")) {
                rows.next();
                assertThat(rows.getInt(1)).isEqualTo(5);
            }
        }
    }

    @Test
    void an_old_month_is_archived_while_a_server_writes() throws Exception {
        createOldMonth();
        write("old", "'2020-05-07'");
        AtomicBoolean archived = new AtomicBoolean();
        try (TestServer server = TestServer.start(Map.of(), database.address(), new TestClock());
                Connection operator = TestDatabases.connect(database.address());
                var statement = operator.createStatement()) {
            CompletableFuture<Integer> logins = CompletableFuture.supplyAsync(() -> {
                int number = 0;
                while (!archived.get() || number == 0) {
                    new User().logIn(Api.of(server));
                    number++;
                }
                return number;
            });
            Waiting.until(() -> rows("audit_log") > 5);

            statement.execute("SET lock_timeout = '400ms'");
            Waiting.until(() -> isDone(statement, "ALTER TABLE audit_log DETACH PARTITION " + OLD));
            StringWriter dump = new StringWriter();
            operator.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY " + OLD + " TO STDOUT", dump);
            statement.execute("DROP TABLE " + OLD);
            long before = rows("audit_log");
            Waiting.until(() -> rows("audit_log") > before + 5);
            archived.set(true);

            assertThat(dump.toString()).contains("2020-05-07", "\ttest\told\t");
            int written = logins.get();
            assertThat(rows("audit_log")).isEqualTo(written);
            assertThat(rows("audit_log_default")).isZero();
        }
    }

    /** Whether the statement got its locks in time. */
    private static boolean isDone(Statement statement, String sql) {
        try {
            statement.execute(sql);
            return true;
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("55P03");
            return false;
        }
    }
}
