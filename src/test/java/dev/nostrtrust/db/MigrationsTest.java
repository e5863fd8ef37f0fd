package dev.nostrtrust.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MigrationsTest {
    private static final String WAITING =
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'trust_ledger'::regclass";

    private static final String POLLING_FOR_THE_LOCK = "SELECT count(*) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND state = 'idle' AND query = '" + Migrations.MIGRATION_LOCK + "'"
            + " AND NOT EXISTS (SELECT FROM pg_locks WHERE pg_locks.pid = pg_stat_activity.pid"
            + " AND locktype = 'advisory')";

    private final DatabaseAddress database = TestDatabases.empty();

    private long number(String sql) {
        try (Connection connection = TestDatabases.connect(database);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void execute(String sql) {
        try (Connection connection = TestDatabases.connect(database);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void concurrent_starts_apply_each_step_once() {
        CompletableFuture<Void> one = CompletableFuture.runAsync(() -> Migrations.apply(database));
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> Migrations.apply(database));
        CompletableFuture.allOf(one, other).join();

        assertThat(number("SELECT count(*) FROM trust_head")).isEqualTo(1);
        assertThat(number("SELECT count(*) - count(DISTINCT id) FROM databasechangelog"))
                .isZero();
    }

    /** Migrates without the changeset that locks a table in use. */
    private void migrateAllButOneStep() {
        Migrations.apply(database);
        execute("DROP FUNCTION trust_ledger_scores_once CASCADE; DROP FUNCTION append_only CASCADE;"
                + " DELETE FROM databasechangelog WHERE id = 'ledger-append-only'");
    }

    @Test
    void waiting_for_another_migration_does_not_use_the_retry_budget() throws SQLException {
        migrateAllButOneStep();
        TestClock clock = new TestClock();
        CompletableFuture<Void> migration;
        try (Connection other = TestDatabases.connect(database);
                Connection holder = TestDatabases.connect(database);
                var turn = other.createStatement();
                var table = holder.createStatement()) {
            turn.execute(Migrations.MIGRATION_LOCK);
            holder.setAutoCommit(false);
            table.execute("LOCK TABLE trust_ledger IN ROW EXCLUSIVE MODE");

            migration = CompletableFuture.runAsync(() -> Migrations.apply(database, clock));
            Waiting.until(() -> number(POLLING_FOR_THE_LOCK) == 1);
            clock.advance(Duration.ofMinutes(9));
            turn.execute("SELECT pg_advisory_unlock_all()");
            Waiting.until(() -> number(WAITING) == 1);
            Waiting.until(() -> number(WAITING) == 0);
            Waiting.until(() -> number(WAITING) == 1);
            holder.commit();
        }
        migration.join();

        assertThat(number("SELECT count(*) FROM databasechangelog WHERE id = 'ledger-append-only'"))
                .isEqualTo(1);
    }

    @Test
    void the_retry_budget_for_locks_ends() throws SQLException {
        migrateAllButOneStep();
        TestClock clock = new TestClock();
        try (Connection holder = TestDatabases.connect(database);
                var statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("LOCK TABLE trust_ledger IN ROW EXCLUSIVE MODE");

            CompletableFuture<Void> migration = CompletableFuture.runAsync(() -> Migrations.apply(database, clock));
            Waiting.until(() -> {
                clock.advance(Duration.ofSeconds(2));
                return migration.isDone();
            });

            assertThatThrownBy(migration::join).hasMessageContaining("Schema migration failed");
        }
    }

    @Test
    void a_step_blocked_by_a_transaction_lets_others_pass_and_is_retried() throws SQLException {
        migrateAllButOneStep();
        CompletableFuture<Void> migration;
        try (Connection holder = TestDatabases.connect(database);
                var statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("LOCK TABLE trust_ledger IN ROW EXCLUSIVE MODE");

            migration = CompletableFuture.runAsync(() -> Migrations.apply(database));
            Waiting.until(() -> number(WAITING) == 1);
            Waiting.until(() -> number(WAITING) == 0);
            Waiting.until(() -> number(WAITING) == 1);
            holder.commit();
        }
        migration.join();

        assertThat(number("SELECT count(*) FROM pg_trigger WHERE tgname = 'trust_ledger_update'"))
                .isEqualTo(1);
    }

    @Test
    void a_liquibase_lock_of_a_killed_server_does_not_block() {
        Migrations.apply(database);
        execute("UPDATE databasechangeloglock SET locked = true, lockgranted = now(), lockedby = 'gone'");

        Migrations.apply(database);

        assertThat(number("SELECT count(*) FROM databasechangeloglock WHERE locked"))
                .isZero();
    }

    @Test
    void a_server_of_the_previous_release_starts_on_a_newer_schema() {
        Migrations.apply(database);
        execute("INSERT INTO databasechangelog (id, author, filename, dateexecuted, orderexecuted, exectype)"
                + " VALUES ('later', 'nostrtrust', 'db-changelog/999-later.sql', now(), 999, 'EXECUTED')");

        Migrations.apply(database);

        assertThat(number("SELECT count(*) FROM databasechangelog WHERE id = 'later'"))
                .isEqualTo(1);
    }
}
