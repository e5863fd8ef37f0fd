package dev.nostrtrust.db;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.observe.Metrics;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PostgreSQL client of the server. Any thread; results arrive on the caller's context. Transient errors fail with
 * {@code database_unavailable}: at once while the database is away, else at the latest after the statement timeout,
 * which includes the wait for a connection. Connections are replaced only on evidence that they are dead, never because
 * a statement is slow.
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
    private volatile PgPools pools;
    private @Nullable PgPools retired;

    private Database(Vertx vertx, DatabaseAddress address, Settings settings, Metrics metrics) {
        this.vertx = vertx;
        this.address = address;
        this.settings = settings;
        // PostgreSQL ends slow statements itself. These timeouts are for a server that does not answer.
        this.statementMillis = settings.databaseStatementTimeout().toMillis() + MARGIN_MILLIS;
        this.transactionMillis =
                statementMillis + settings.databaseIdleInTransactionTimeout().toMillis();
        this.statements = new DatabaseMeters(metrics, "statement");
        this.transactions = new DatabaseMeters(metrics, "transaction");
        this.pools = PgPools.open(vertx, address, settings);
        this.watch = DatabaseWatch.start(vertx, address, settings, () -> replace(pools));
        Gauge.builder("database.usable", watch, observed -> observed.last().state() == DatabaseState.PRESENT ? 1 : 0)
                .description("1 if the database answers and accepts writes, else 0.")
                .strongReference(true)
                .register(metrics.registry());
    }

    /** Creates the client. It connects at the first statement. */
    public static Database open(Vertx vertx, DatabaseAddress address, Settings settings, Metrics metrics) {
        if (address.isPlainByDefault()) {
            LOG.warn("connections to the database at {} are not encrypted: DATABASE_URL has no sslmode", address);
        }
        return new Database(vertx, address, settings, metrics);
    }

    /** Runs one statement in its own transaction, with PostgreSQL's generic plan: the same for all parameters. */
    public Future<RowSet<Row>> execute(String sql, Tuple parameters) {
        return execute(PgPools::statements, sql, parameters);
    }

    /**
     * The same for a statement whose best plan depends on its parameters, such as a limit or a time: PostgreSQL may
     * choose a custom plan. Takes a connection for transactions.
     */
    public Future<RowSet<Row>> executeWithCustomPlan(String sql, Tuple parameters) {
        return execute(PgPools::transactions, sql, parameters);
    }

    private Future<RowSet<Row>> execute(Function<PgPools, SqlClient> client, String sql, Tuple parameters) {
        return statements.time(
                guarded(used -> client.apply(used).preparedQuery(sql).execute(parameters), statementMillis));
    }

    /** Runs a transaction: committed when the work succeeds, rolled back when it fails. */
    public <T> Future<T> transaction(Function<SqlConnection, Future<T>> work) {
        return transactions.time(guarded(
                used -> used.transactions().withTransaction(connection -> work.apply(withExceptionHandler(connection))),
                transactionMillis));
    }

    /** Handles asynchronous messages of PostgreSQL. Without a handler, the library prints them to standard error. */
    private static SqlConnection withExceptionHandler(SqlConnection connection) {
        return connection.exceptionHandler(
                error -> LOG.debug("connection error in a transaction: {}", error.toString()));
    }

    /** The last observed state, at most a few watch intervals old. */
    public DatabaseState state() {
        return watch.last().state();
    }

    /** Why the database is away, in one line; null if it is not. */
    public @Nullable String awayReason() {
        return watch.last().reason();
    }

    public synchronized Future<Void> close() {
        watch.stop();
        close(retired);
        return pools.close();
    }

    private <T> Future<T> guarded(Function<PgPools, Future<T>> operation, long millis) {
        if (state() == DatabaseState.AWAY) {
            return Future.failedFuture(DatabaseErrors.unavailable());
        }
        PgPools used = pools;
        return operation
                .apply(used)
                .onComplete(used::recordAnswer)
                .timeout(millis, TimeUnit.MILLISECONDS)
                .recover(error -> {
                    suspect(used, error);
                    return Future.failedFuture(DatabaseErrors.translate(error));
                });
    }

    /** Replaces or checks the connections if the error is evidence against them. A slow statement is not. */
    private void suspect(PgPools used, Throwable error) {
        if (used != pools) {
            return;
        }
        if (DatabaseErrors.isServerSpecific(error)) {
            watch.reconnect();
        } else if (error instanceof TimeoutException && watch.reconnectedAt() - used.answeredAt() > 0) {
            // The watch had to reconnect, and these connections have not received an answer since.
            replace(used);
        }
    }

    /** Replaces the pools. At most two sets exist. The old set is closed when its transactions have timed out. */
    private synchronized void replace(PgPools used) {
        if (pools != used) {
            return;
        }
        LOG.warn("replacing the connections to the database");
        close(retired);
        retired = used;
        pools = PgPools.open(vertx, address, settings);
        vertx.setTimer(transactionMillis, ended -> closeRetired(used));
    }

    private synchronized void closeRetired(PgPools used) {
        if (retired == used) {
            close(used);
            retired = null;
        }
    }

    private static void close(@Nullable PgPools used) {
        if (used != null) {
            used.close().onFailure(e -> LOG.debug("closing replaced connections failed: {}", e.toString()));
        }
    }
}
