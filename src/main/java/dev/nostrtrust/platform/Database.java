package dev.nostrtrust.platform;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The connections to PostgreSQL: pipelined ones for single statements, others for transactions. Any thread; results
 * arrive on the caller's context. What only time heals fails with {@code database_unavailable}.
 */
public final class Database {
    private static final long MARGIN_MILLIS = 1000;

    private final SqlClient statements;
    private final Pool transactions;
    private final long statementMillis;
    private final long transactionMillis;

    private Database(SqlClient statements, Pool transactions, Settings settings) {
        this.statements = statements;
        this.transactions = transactions;
        // The server ends what takes too long; these are for a server that does not answer at all.
        long statement = settings.databaseStatementTimeout().toMillis() + MARGIN_MILLIS;
        this.statementMillis = statement;
        this.transactionMillis =
                2 * statement + settings.databaseIdleInTransactionTimeout().toMillis();
    }

    /** Opens lazily: nothing is connected before the first statement. */
    public static Database open(Vertx vertx, DatabaseAddress address, Settings settings) {
        PgConnectOptions single = options(address, settings).setPipeliningLimit(settings.databasePipelining());
        SqlClient statements = PgBuilder.client()
                .with(pool(settings, settings.databaseConnections()))
                .connectingTo(single)
                .using(vertx)
                .build();
        Pool transactions = PgBuilder.pool()
                .with(pool(settings, settings.databaseTransactions()))
                .connectingTo(options(address, settings))
                .using(vertx)
                .build();
        return new Database(statements, transactions, settings);
    }

    /** Runs one statement in its own transaction. */
    public Future<RowSet<Row>> execute(String sql, Tuple parameters) {
        return statements
                .preparedQuery(sql)
                .execute(parameters)
                .timeout(statementMillis, TimeUnit.MILLISECONDS)
                .recover(Database::translated);
    }

    /** Runs a transaction: committed when the work succeeds, rolled back when it fails. */
    public <T> Future<T> transaction(Function<SqlConnection, Future<T>> work) {
        return transactions
                .withTransaction(work)
                .timeout(transactionMillis, TimeUnit.MILLISECONDS)
                .recover(Database::translated);
    }

    /** Succeeds if the database answers. */
    public Future<Void> ping() {
        return execute("SELECT 1", Tuple.tuple()).mapEmpty();
    }

    public Future<Void> close() {
        return Future.join(statements.close(), transactions.close()).mapEmpty();
    }

    private static <T> Future<T> translated(Throwable error) {
        return Future.failedFuture(DatabaseFaults.translate(error));
    }

    private static PgConnectOptions options(DatabaseAddress address, Settings settings) {
        return address.options()
                .setCachePreparedStatements(true)
                .addProperty("application_name", "nostr-trust-engine")
                .addProperty("statement_timeout", millis(settings.databaseStatementTimeout()))
                .addProperty("lock_timeout", millis(settings.databaseLockTimeout()))
                .addProperty(
                        "idle_in_transaction_session_timeout", millis(settings.databaseIdleInTransactionTimeout()));
    }

    private static PoolOptions pool(Settings settings, int size) {
        return new PoolOptions()
                .setMaxSize(size)
                .setMaxWaitQueueSize(settings.databaseQueue())
                .setConnectionTimeout((int) settings.databaseConnectTimeout().toMillis())
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
                .setMaxLifetime(30)
                .setMaxLifetimeUnit(TimeUnit.MINUTES);
    }

    private static String millis(Duration duration) {
        return Long.toString(duration.toMillis());
    }
}
