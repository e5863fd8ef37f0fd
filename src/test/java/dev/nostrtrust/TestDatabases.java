package dev.nostrtrust;

import dev.nostrtrust.platform.DataDirectory;
import dev.nostrtrust.platform.DatabaseAddress;
import dev.nostrtrust.platform.EmbeddedPostgres;
import dev.nostrtrust.platform.Migrations;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/** One embedded PostgreSQL for all tests of a run; every test class that asks has a migrated database of its own. */
public final class TestDatabases {
    /** The programs of PostgreSQL: unpacked once for all runs of the tests. */
    public static final Path PROGRAMS = Path.of("target/test-postgres-programs").toAbsolutePath();

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final DatabaseAddress SERVER = start();

    private TestDatabases() {}

    /** A fresh database with the schema in place. */
    public static DatabaseAddress fresh() {
        return create("test_" + COUNT.incrementAndGet(), " TEMPLATE migrated");
    }

    /** A fresh database with nothing in it. */
    public static DatabaseAddress empty() {
        return create("test_" + COUNT.incrementAndGet(), "");
    }

    /** A fresh database with all that is in another one, to which nobody is connected any more. */
    public static DatabaseAddress copyOf(DatabaseAddress address) {
        return create("test_" + COUNT.incrementAndGet(), " TEMPLATE " + name(address));
    }

    /** Takes a database away from those who use it. */
    public static void drop(DatabaseAddress address) {
        execute(SERVER, "DROP DATABASE " + name(address) + " WITH (FORCE)");
    }

    /** A connection for looking behind the server's back. */
    public static Connection connect(DatabaseAddress address) throws SQLException {
        return DriverManager.getConnection(address.jdbcUrl(), address.jdbcProperties());
    }

    private static String name(DatabaseAddress address) {
        return address.url().substring(address.url().lastIndexOf('/') + 1);
    }

    private static DatabaseAddress start() {
        DataDirectory directory = DataDirectory.open(
                "target/test-postgres-" + ProcessHandle.current().pid());
        EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, PROGRAMS);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            postgres.close();
            directory.close();
        }));
        Migrations.apply(createOn(postgres.address(), "migrated", ""));
        return postgres.address();
    }

    private static synchronized DatabaseAddress create(String name, String options) {
        return createOn(SERVER, name, options);
    }

    private static DatabaseAddress createOn(DatabaseAddress server, String name, String options) {
        execute(server, "CREATE DATABASE " + name + options);
        return new DatabaseAddress(server.url().replaceFirst("/postgres$", "/" + name));
    }

    private static void execute(DatabaseAddress server, String sql) {
        try (Connection connection = connect(server);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
