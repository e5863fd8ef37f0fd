package dev.nostrtrust.bench;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.fixture.TestDatabases;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** A database that is measured, and what the bench does with it itself. Blocks. */
record BenchDatabase(DatabaseAddress address, long identities) {
    private static final long SMALL = 10_000;

    /** Creates a database of some size. */
    static BenchDatabase create(long entries, long identities, long jobs) {
        BenchDatabase database = new BenchDatabase(TestDatabases.fresh(), identities);
        database.execute(Seed.statements(entries, identities, jobs));
        return database;
    }

    /** Creates a database of the size at which most is measured. */
    static BenchDatabase createSmall() {
        return create(SMALL, SMALL, SMALL);
    }

    /** A database with the same rows, while nobody is connected to this one. */
    BenchDatabase copy() {
        return new BenchDatabase(TestDatabases.copyOf(address), identities);
    }

    void execute(List<String> statements) {
        try (Connection connection = TestDatabases.connect(address);
                var statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    double number(String query) {
        try (Connection connection = TestDatabases.connect(address);
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getDouble(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until all facts are scored. */
    void awaitScored() throws InterruptedException {
        while (number("SELECT count(*) FROM trust_ledger WHERE seq IS NULL") > 0) {
            Thread.sleep(100);
        }
    }

    /**
     * Fills the queue of the workers.
     *
     * @throws IllegalStateException if they emptied it: then they were measured without jobs
     */
    void fillQueue(long jobs) {
        String claimed = " FROM jobs WHERE queue = '" + Seed.CLAIMED_QUEUE + "'";
        double queued = number("SELECT count(*)" + claimed + " AND state = 'queued'");
        if (queued == 0 && number("SELECT count(*)" + claimed) > 0) {
            throw new IllegalStateException("the queue was too short for the speed of the workers");
        }
        if (queued < jobs) {
            execute(List.of(Seed.queuedJobs(identities, jobs - (long) queued), "ANALYZE jobs"));
        }
    }
}
