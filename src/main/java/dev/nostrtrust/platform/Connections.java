package dev.nostrtrust.platform;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlClient;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** One set of connections to PostgreSQL, which can be given up as a whole. */
final class Connections {
    private final SqlClient statements;
    private final Pool transactions;

    private Connections(SqlClient statements, Pool transactions) {
        this.statements = statements;
        this.transactions = transactions;
    }

    /** Opens lazily: nothing is connected before the first statement. */
    static Connections open(Vertx vertx, DatabaseAddress address, Settings settings) {
        SqlClient statements = PgBuilder.client()
                .with(pool(settings, settings.databaseConnections()))
                .connectingTo(options(address, settings).setPipeliningLimit(settings.databasePipelining()))
                .using(vertx)
                .build();
        Pool transactions = PgBuilder.pool()
                .with(pool(settings, settings.databaseTransactions()))
                .connectingTo(options(address, settings))
                .using(vertx)
                .build();
        return new Connections(statements, transactions);
    }

    /** Pipelined ones, for single statements. */
    SqlClient statements() {
        return statements;
    }

    /** Those of which each belongs to one transaction at a time. */
    Pool transactions() {
        return transactions;
    }

    /** What every connection to the database asks of it. */
    static PgConnectOptions options(DatabaseAddress address, Settings settings) {
        return address.options()
                .setCachePreparedStatements(true)
                // The library's own limit of 2,048 characters would have the longest statements parsed and planned anew
                // each time, which takes longer than to run them.
                .setPreparedStatementCacheSqlFilter(sql -> true)
                .addProperty("application_name", "nostr-trust-engine")
                .addProperty("statement_timeout", millis(settings.databaseStatementTimeout()))
                .addProperty("lock_timeout", millis(settings.databaseLockTimeout()))
                .addProperty(
                        "idle_in_transaction_session_timeout", millis(settings.databaseIdleInTransactionTimeout()));
    }

    Future<Void> close() {
        return Future.join(statements.close(), transactions.close()).mapEmpty();
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
