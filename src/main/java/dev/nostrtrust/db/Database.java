package dev.nostrtrust.db;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.observe.Metrics;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL, as long as it is there. Any thread; results arrive on the caller's context. What only time heals fails
 * with {@code database_unavailable}: at once while the database is known to be away, and otherwise after the
 * statement's time at the latest, the wait for a connection included. Connections are replaced where there is evidence
 * that they lead nowhere, and never because a statement is slow.
 */
public final class Database {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final long MARGIN_MILLIS = 250;

    private final Vertx vertx;
    private final DatabaseAddress address;
    private final Settings settings;
    private final DatabaseWatch watch;
    private final long statementMillis;
    private final long transactionMillis;
    private final DatabaseMeters statements;
    private final DatabaseMeters transactions;
    private volatile PgPools connections;
    private @Nullable PgPools leaving;

    private Database(Vertx vertx, DatabaseAddress address, Settings settings, Metrics metrics) {
        this.vertx = vertx;
        this.address = address;
        this.settings = settings;
        // The server ends what takes too long; these are for a server that does not answer at all.
        this.statementMillis = settings.databaseStatementTimeout().toMillis() + MARGIN_MILLIS;
        this.transactionMillis =
                statementMillis + settings.databaseIdleInTransactionTimeout().toMillis();
        this.statements = new DatabaseMeters(metrics, "statement");
        this.transactions = new DatabaseMeters(metrics, "transaction");
        this.connections = PgPools.open(vertx, address, settings);
        this.watch = DatabaseWatch.start(vertx, address, settings, () -> replace(connections));
        Gauge.builder("database.usable", watch, watched -> watched.seen().state() == DatabaseState.PRESENT ? 1 : 0)
                .description("Whether the database answers and takes writes: 1 or 0.")
                .strongReference(true)
                .register(metrics.registry());
    }

    /** Opens lazily: nothing waits for a connection before the first statement. */
    public static Database open(Vertx vertx, DatabaseAddress address, Settings settings, Metrics metrics) {
        if (address.isPlainByDefault()) {
            LOG.warn("connections to the database at {} are plain text: DATABASE_URL names no sslmode", address);
        }
        return new Database(vertx, address, settings, metrics);
    }

    /** Runs one statement in its own transaction. */
    public Future<RowSet<Row>> execute(String sql, Tuple parameters) {
        return statements.time(
                guarded(used -> used.statements().preparedQuery(sql).execute(parameters), statementMillis));
    }

    /** Runs a transaction: committed when the work succeeds, rolled back when it fails. */
    public <T> Future<T> transaction(Function<SqlConnection, Future<T>> work) {
        return transactions.time(guarded(
                used -> used.transactions().withTransaction(connection -> work.apply(heeded(connection))),
                transactionMillis));
    }

    /**
     * What PostgreSQL says unasked fails the transaction; unheeded, the library would print it past the log as well.
     */
    private static SqlConnection heeded(SqlConnection connection) {
        return connection.exceptionHandler(said -> LOG.debug("a connection within a transaction: {}", said.toString()));
    }

    /** What was last seen of the database; not older than a few of the watch's intervals. */
    public DatabaseState state() {
        return watch.seen().state();
    }

    /** Why it is away, in one line; null where it is not. */
    public @Nullable String awayReason() {
        return watch.seen().reason();
    }

    public synchronized Future<Void> close() {
        watch.stop();
        close(leaving);
        return connections.close();
    }

    private <T> Future<T> guarded(Function<PgPools, Future<T>> operation, long millis) {
        if (state() == DatabaseState.AWAY) {
            return Future.failedFuture(DatabaseErrors.away());
        }
        PgPools used = connections;
        return operation
                .apply(used)
                .onComplete(used::answered)
                .timeout(millis, TimeUnit.MILLISECONDS)
                .recover(error -> {
                    suspect(used, error);
                    return Future.failedFuture(DatabaseErrors.translate(error));
                });
    }

    /** Whether an error says something of the connections. That a statement takes its time does not. */
    private void suspect(PgPools used, Throwable error) {
        if (used != connections) {
            return;
        }
        if (DatabaseErrors.elsewhere(error)) {
            watch.doubt();
        } else if (error instanceof TimeoutException && watch.connected() - used.answered() > 0) {
            // The watch had to connect anew, and nothing has been answered on these connections since.
            replace(used);
        }
    }

    /** Gives up connections, of which there are two sets at most. What they are at has the time to end. */
    private synchronized void replace(PgPools used) {
        if (connections != used) {
            return;
        }
        LOG.warn("new connections to the database take the place of those that lead nowhere");
        close(leaving);
        leaving = used;
        connections = PgPools.open(vertx, address, settings);
        vertx.setTimer(transactionMillis, ended -> left(used));
    }

    private synchronized void left(PgPools used) {
        if (leaving == used) {
            close(used);
            leaving = null;
        }
    }

    private static void close(@Nullable PgPools used) {
        if (used != null) {
            used.close().onFailure(e -> LOG.debug("connections that were given up: {}", e.toString()));
        }
    }
}
