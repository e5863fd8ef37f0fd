package dev.nostrtrust.db;

import dev.nostrtrust.config.DatabaseAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;

/** Opens JDBC connections for blocking work: migrations and replays. */
public final class JdbcConnections {
    private static final String BACKEND = "SELECT pg_backend_pid()";

    private JdbcConnections() {}

    /**
     * Connects with the same settings as the reactive client.
     *
     * @throws IllegalStateException if the connection fails; the message is one line with the reason
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
     * Checks that no pooler in transaction mode, such as PgBouncer, shares a connection among clients. Prepared
     * statements, settings and session locks do not work there.
     *
     * @throws IllegalStateException if the database is behind such a pooler
     */
    static void expectSession(DatabaseAddress address, Connection connection) throws SQLException {
        int backendPid = backendPid(connection);
        // A pooler sends its clients a process id of its own.
        if (connection.unwrap(PGConnection.class).getBackendPID() == backendPid) {
            return;
        }
        try (Connection other = connect(address)) {
            if (backendPid(other) == backendPid) {
                throw new IllegalStateException("The database at " + address
                        + " is behind a pooler in transaction mode, which is not supported. Set session mode"
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

    private static int backendPid(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(BACKEND)) {
            row.next();
            return row.getInt(1);
        }
    }
}
