package dev.nostrtrust.db;

import dev.nostrtrust.config.DatabaseAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;

/** Connections by JDBC, for what blocks: migrations and replays. */
public final class JdbcConnections {
    private static final String BACKEND = "SELECT pg_backend_pid()";

    private JdbcConnections() {}

    /**
     * Connects, with the same settings as the reactive client.
     *
     * @throws IllegalStateException when the database cannot be reached, with a reason in one line
     */
    public static Connection open(DatabaseAddress address) {
        try {
            return connect(address);
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "The database at " + address + " cannot be reached: " + DatabaseReason.of(e), e);
        }
    }

    /**
     * Looks whether a pooler gives the connection of one client to another one in between, as PgBouncer in transaction
     * mode does: prepared statements, settings and locks of a session would reach the wrong one.
     *
     * @throws IllegalStateException when that is so
     */
    static void expectSession(DatabaseAddress address, Connection connection) throws SQLException {
        int backend = backend(connection);
        // A pooler does not tell its clients the number of the process that serves them.
        if (connection.unwrap(PGConnection.class).getBackendPID() == backend) {
            return;
        }
        try (Connection other = connect(address)) {
            if (backend(other) == backend) {
                throw new IllegalStateException("The database at " + address
                        + " is behind a pooler in transaction mode, which is not supported: set session mode"
                        + " (PgBouncer: pool_mode = session).");
            }
        }
    }

    private static Connection connect(DatabaseAddress address) throws SQLException {
        Connection connection = DriverManager.getConnection(address.jdbcUrl(), address.jdbcProperties());
        try (Statement statement = connection.createStatement()) {
            if (!address.setUp().isEmpty()) {
                statement.execute(address.setUp());
            }
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private static int backend(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(BACKEND)) {
            row.next();
            return row.getInt(1);
        }
    }
}
