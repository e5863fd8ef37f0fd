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

/** Brings the schema up to date with Liquibase, one server at a time, so that several may start at once. Blocks. */
public final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    // Kept, since the settings of a logger that nobody holds may be forgotten.
    private static final java.util.logging.Logger LIQUIBASE = java.util.logging.Logger.getLogger("liquibase");
    private static final String CHANGELOG = "db-changelog/changelog.yaml";
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /**
     * Whoever waits for a lock on a table makes all others wait behind it. Servers that serve meanwhile give up after
     * DATABASE_LOCK_TIMEOUT, a second by default: a step gives up before that, and comes again. A step that needs
     * another limit ends with this statement: the steps after it are applied on the same connection.
     */
    static final String LOCK_TIMEOUT = "SET lock_timeout = '400ms'";

    /**
     * Liquibase's own lock is a row, which outlives a server that is killed, of a table that has to be made first. This
     * one ends with its connection. It is asked for again and again: who waits in a statement would hold up an index
     * that is made concurrently.
     */
    static final String TURN = "SELECT pg_try_advisory_lock(7238914450312)";

    private static final Duration LONGEST_TURN = Duration.ofMinutes(10);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(200);

    private Migrations() {}

    /**
     * Applies the steps that are missing, while other servers may be serving. A step that does not get its locks is
     * tried again for a minute; while another server applies steps, this one waits, which is not part of that minute.
     *
     * @throws IllegalStateException when the database cannot be reached or a step fails
     */
    public static void apply(DatabaseAddress address) {
        apply(address, InstantSource.system());
    }

    static void apply(DatabaseAddress address, InstantSource clock) {
        RetryBudget patience = new RetryBudget(clock, PATIENCE);
        while (true) {
            try {
                run(address, clock, patience);
                return;
            } catch (IllegalStateException e) {
                if (!waitedForALock(e) || patience.isOverAfterThis()) {
                    throw e;
                }
                LOG.info("a step of the schema waits for others to let go of a table");
                pause();
            }
        }
    }

    private static boolean waitedForALock(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && LOCK_NOT_AVAILABLE.equals(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the schema was brought up to date", e);
        }
    }

    private static void run(DatabaseAddress address, InstantSource clock, RetryBudget patience) {
        LIQUIBASE.setLevel(Level.WARNING);
        Map<String, Object> quiet =
                Map.of("liquibase.analytics.enabled", false, Scope.Attr.ui.name(), new LoggerUIService());
        try (Connection connection = JdbcConnections.open(address)) {
            JdbcConnections.expectSession(address, connection);
            awaitTurn(connection, clock);
            patience.begin();
            Scope.child(quiet, () -> update(liquibase(connection)));
        } catch (IllegalStateException e) {
            throw e;
        } catch (Exception e) { // Scope.child declares nothing narrower.
            throw new IllegalStateException("The schema cannot be brought up to date: " + DatabaseReason.of(e), e);
        }
    }

    private static void awaitTurn(Connection connection, InstantSource clock) throws SQLException {
        Instant end = clock.instant().plus(LONGEST_TURN);
        try (Statement statement = connection.createStatement()) {
            while (!yields(statement)) {
                if (clock.instant().isAfter(end)) {
                    throw new IllegalStateException("Another server has been changing the schema for too long");
                }
                pause();
            }
            statement.execute(LOCK_TIMEOUT);
        }
    }

    private static boolean yields(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(TURN)) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static void update(Liquibase liquibase) throws LiquibaseException {
        // Nobody else is at it: whoever has left Liquibase's lock behind was killed.
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
