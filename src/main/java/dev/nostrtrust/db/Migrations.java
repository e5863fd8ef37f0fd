package dev.nostrtrust.db;

import dev.nostrtrust.config.DatabaseAddress;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.logging.Level;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.Scope;
import liquibase.UpdateSummaryOutputEnum;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.exception.LiquibaseException;
import liquibase.resource.ClassLoaderResourceAccessor;
import liquibase.ui.LoggerUIService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Migrates the schema with Liquibase. A lock lets several servers start at the same time. Blocks. */
public final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    // A strong reference: java.util.logging discards the level of a logger without one.
    private static final java.util.logging.Logger LIQUIBASE = java.util.logging.Logger.getLogger("liquibase");
    private static final String CHANGELOG = "db-changelog/changelog.yaml";
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /**
     * Lock timeout of a changeset. A changeset that waits for a table lock blocks all later statements on that table.
     * These fail after DATABASE_LOCK_TIMEOUT, one second by default, so the changeset gives up earlier and is retried.
     * A changeset with another timeout must end with this statement, because later changesets use the same connection.
     */
    static final String LOCK_TIMEOUT = "SET lock_timeout = '400ms'";

    /**
     * Acquires the migration lock. It ends with the connection; Liquibase's own lock is a row that survives a killed
     * server. The lock is polled, because a waiting statement would block CREATE INDEX CONCURRENTLY.
     */
    static final String MIGRATION_LOCK = "SELECT pg_try_advisory_lock(7238914450312)";

    private static final Duration MIGRATION_LOCK_TIMEOUT = Duration.ofMinutes(10);
    private static final Duration LOCK_RETRY_BUDGET = Duration.ofMinutes(1);
    private static final Duration RETRY_INTERVAL = Duration.ofMillis(200);

    private Migrations() {}

    /**
     * Applies the missing changesets. Other servers may serve meanwhile. A changeset that does not get its table locks
     * is retried for one minute. The wait for another server's migration does not count towards that minute.
     *
     * @throws IllegalStateException if the database cannot be reached or a changeset fails
     */
    public static void apply(DatabaseAddress address) {
        apply(address, InstantSource.system());
    }

    static void apply(DatabaseAddress address, InstantSource clock) {
        RetryBudget budget = new RetryBudget(clock, LOCK_RETRY_BUDGET);
        while (true) {
            try {
                run(address, clock, budget);
                return;
            } catch (IllegalStateException e) {
                if (!isLockTimeout(e) || budget.isExhausted()) {
                    throw e;
                }
                LOG.info("migration waits for a table lock; retrying");
                pause();
            }
        }
    }

    private static boolean isLockTimeout(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && LOCK_NOT_AVAILABLE.equals(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_INTERVAL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("migration interrupted", e);
        }
    }

    private static void run(DatabaseAddress address, InstantSource clock, RetryBudget budget) {
        LIQUIBASE.setLevel(Level.WARNING);
        Map<String, Object> scope =
                Map.of("liquibase.analytics.enabled", false, Scope.Attr.ui.name(), new LoggerUIService());
        try (Connection connection = JdbcConnections.open(address)) {
            JdbcConnections.expectSession(address, connection);
            acquireMigrationLock(connection, clock);
            budget.begin();
            Scope.child(scope, () -> update(liquibase(connection)));
        } catch (IllegalStateException e) {
            throw e;
        } catch (Exception e) { // Scope.child declares nothing narrower.
            throw new IllegalStateException("Schema migration failed: " + DatabaseReason.of(e), e);
        }
    }

    private static void acquireMigrationLock(Connection connection, InstantSource clock) throws SQLException {
        Instant end = clock.instant().plus(MIGRATION_LOCK_TIMEOUT);
        try (Statement statement = connection.createStatement()) {
            while (!tryMigrationLock(statement)) {
                if (clock.instant().isAfter(end)) {
                    throw new IllegalStateException(
                            "Another server has held the migration lock for more than " + MIGRATION_LOCK_TIMEOUT);
                }
                pause();
            }
            statement.execute(LOCK_TIMEOUT);
        }
    }

    private static boolean tryMigrationLock(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(MIGRATION_LOCK)) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static void update(Liquibase liquibase) throws LiquibaseException {
        // This server holds the migration lock, so a lock of Liquibase is left over from a killed server.
        liquibase.forceReleaseLocks();
        liquibase.update(new Contexts(), new LabelExpression());
    }

    private static Liquibase liquibase(Connection connection) throws LiquibaseException {
        liquibase.database.Database database =
                DatabaseFactory.getInstance().findCorrectDatabaseImplementation(new JdbcConnection(connection));
        Liquibase liquibase = new Liquibase(CHANGELOG, new ClassLoaderResourceAccessor(), database);
        liquibase.setShowSummaryOutput(UpdateSummaryOutputEnum.LOG);
        return liquibase;
    }
}
