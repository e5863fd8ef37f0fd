package dev.nostrtrust.platform;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
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

/** Brings the schema up to date with Liquibase, under its lock, so that several nodes may start at once. Blocks. */
public final class Migrations {
    private static final String CHANGELOG = "db-changelog/changelog.yaml";

    private Migrations() {}

    /**
     * Applies the steps that are missing.
     *
     * @throws IllegalStateException when the database cannot be reached or a step fails
     */
    public static void apply(DatabaseAddress address) {
        run(address, liquibase -> liquibase.update(new Contexts(), new LabelExpression()));
    }

    /**
     * Takes back the lock that a killed process may have left. Only for who holds the database alone.
     *
     * @throws IllegalStateException when the database cannot be reached
     */
    public static void releaseLock(DatabaseAddress address) {
        run(address, Liquibase::forceReleaseLocks);
    }

    /** Something to be done with Liquibase. */
    private interface Work {
        void with(Liquibase liquibase) throws LiquibaseException;
    }

    private static void run(DatabaseAddress address, Work work) {
        Logger.getLogger("liquibase").setLevel(Level.WARNING);
        Map<String, Object> quiet =
                Map.of("liquibase.analytics.enabled", false, Scope.Attr.ui.name(), new LoggerUIService());
        try (Connection connection = DriverManager.getConnection(address.jdbcUrl(), address.jdbcProperties())) {
            Scope.child(quiet, () -> work.with(liquibase(connection)));
        } catch (SQLException e) {
            throw new IllegalStateException("The database at " + address + " cannot be reached: " + e.getMessage(), e);
        } catch (Exception e) { // Scope.child declares nothing narrower.
            throw new IllegalStateException("The schema cannot be brought up to date: " + e.getMessage(), e);
        }
    }

    private static Liquibase liquibase(Connection connection) throws LiquibaseException {
        liquibase.database.Database database =
                DatabaseFactory.getInstance().findCorrectDatabaseImplementation(new JdbcConnection(connection));
        Liquibase liquibase = new Liquibase(CHANGELOG, new ClassLoaderResourceAccessor(), database);
        liquibase.setShowSummaryOutput(UpdateSummaryOutputEnum.LOG);
        return liquibase;
    }
}
