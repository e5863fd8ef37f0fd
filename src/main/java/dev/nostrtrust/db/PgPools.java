package dev.nostrtrust.db;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClientBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.internal.SqlConnectionInternal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One set of connections to PostgreSQL, which can be given up as a whole. Any thread.
 *
 * <p>The server ends each statement in time, so that it answers on every connection that has something to do. A
 * connection on which it does not is closed; one that has nothing to do is closed before that.
 */
final class PgPools {
    private static final Logger LOG = LoggerFactory.getLogger(PgPools.class);
    private static final int IDLE_STATEMENTS = 12;
    private static final Duration LONGEST_IDLE = Duration.ofMinutes(5);

    private final SqlClient statements;
    private final Pool transactions;
    private volatile long answered = System.nanoTime();

    private PgPools(SqlClient statements, Pool transactions) {
        this.statements = statements;
        this.transactions = transactions;
    }

    /** Opens lazily: nothing is connected before the first statement. */
    static PgPools open(Vertx vertx, DatabaseAddress address, Settings settings) {
        PgConnectOptions options = options(address);
        return new PgPools(
                build(PgBuilder.client(), vertx, settings, settings.databaseConnections(), address)
                        .connectingTo(new PgConnectOptions(options).setPipeliningLimit(settings.databasePipelining()))
                        .build(),
                build(PgBuilder.pool(), vertx, settings, settings.databaseTransactions(), address)
                        .connectingTo(options)
                        .build());
    }

    /** Pipelined ones, for single statements. */
    SqlClient statements() {
        return statements;
    }

    /** Those of which each belongs to one transaction at a time. */
    Pool transactions() {
        return transactions;
    }

    /** Notes an answer of the server. */
    void answered(AsyncResult<?> operation) {
        if (operation.succeeded() || operation.cause() instanceof PgException) {
            answered = System.nanoTime();
        }
    }

    /** When the server last answered on any of them, or when they were made: {@link System#nanoTime}. */
    long answered() {
        return answered;
    }

    /** What every connection to the database asks of it. */
    static PgConnectOptions options(DatabaseAddress address) {
        return address.options()
                .setCachePreparedStatements(true)
                // The library's own limit of 2,048 characters would have the longest statements parsed and planned anew
                // each time, which takes longer than to run them.
                .setPreparedStatementCacheSqlFilter(sql -> true);
    }

    Future<Void> close() {
        return Future.join(statements.close(), transactions.close()).mapEmpty();
    }

    private static <C> ClientBuilder<C> build(
            ClientBuilder<C> builder, Vertx vertx, Settings settings, int size, DatabaseAddress address) {
        String setUp = setUp(settings, address);
        long silenceMillis = silence(settings).toMillis();
        int connectMillis = (int) settings.databaseConnectTimeout().toMillis();
        return builder.with(pool(settings, size))
                .with(new NetClientOptions().setConnectTimeout(connectMillis).setTcpKeepAlive(true))
                .withConnectHandler(connection -> setUp(connection, setUp, silenceMillis))
                .using(vertx);
    }

    /** After connecting: PgBouncer refuses connections that ask for them at their start. */
    private static String setUp(Settings settings, DatabaseAddress address) {
        return "SET statement_timeout = " + settings.databaseStatementTimeout().toMillis()
                + "; SET lock_timeout = " + settings.databaseLockTimeout().toMillis()
                + "; SET idle_in_transaction_session_timeout = "
                + settings.databaseIdleInTransactionTimeout().toMillis()
                + "; " + address.setUp();
    }

    private static void setUp(SqlConnection connection, String sql, long silenceMillis) {
        closeWhenSilent(connection, silenceMillis);
        connection
                .exceptionHandler(said -> LOG.debug("a connection that begins: {}", said.toString()))
                .query(sql)
                .execute()
                .onFailure(e -> LOG.warn("a connection cannot be set up: {}", DatabaseReason.of(e)))
                // To close it hands it to the pool.
                .eventually(connection::close);
    }

    /**
     * Closes the socket itself. The library closes a connection by asking the server to, and what it offers as a read
     * timeout does the same, which a silent server does not hear.
     */
    private static void closeWhenSilent(SqlConnection connection, long silenceMillis) {
        SocketConnectionBase socket = (SocketConnectionBase)
                ((SqlConnectionInternal) connection).unwrap().unwrap();
        socket.socket()
                .channelHandlerContext()
                .pipeline()
                .addFirst(new ReadTimeoutHandler(silenceMillis, TimeUnit.MILLISECONDS));
    }

    /** How long a connection stays without anything to do: for as long as some statements may take. */
    private static Duration idle(Settings settings) {
        Duration idle = settings.databaseStatementTimeout().multipliedBy(IDLE_STATEMENTS);
        return idle.compareTo(LONGEST_IDLE) < 0 ? idle : LONGEST_IDLE;
    }

    /** Answers come within the time of a statement, and questions within that of an idle transaction. */
    private static Duration silence(Settings settings) {
        return idle(settings)
                .plus(settings.databaseStatementTimeout())
                .plus(settings.databaseIdleInTransactionTimeout())
                .plus(settings.databaseConnectTimeout());
    }

    private static PoolOptions pool(Settings settings, int size) {
        return new PoolOptions()
                .setMaxSize(size)
                .setMaxWaitQueueSize(settings.databaseQueue())
                .setConnectionTimeout((int) settings.databaseConnectTimeout().toMillis())
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout((int) idle(settings).toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setMaxLifetime(30)
                .setMaxLifetimeUnit(TimeUnit.MINUTES);
    }
}
