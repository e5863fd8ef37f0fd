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
 * One set of connections to PostgreSQL, replaced as a whole. Any thread.
 *
 * <p>PostgreSQL ends each statement at its timeout, so a busy connection always receives an answer in time. A silent
 * connection is closed. An idle connection is closed earlier, by the idle timeout.
 */
final class PgPools {
    private static final Logger LOG = LoggerFactory.getLogger(PgPools.class);

    /**
     * One generic plan for each statement and connection. For arrays of a few rows PostgreSQL would otherwise make a
     * custom plan each time, which takes longer than the rows do.
     */
    private static final String GENERIC_PLANS = "SET plan_cache_mode = force_generic_plan; ";

    private static final int IDLE_STATEMENT_TIMEOUTS = 12;
    private static final Duration MAX_IDLE = Duration.ofMinutes(5);

    private final SqlClient statements;
    private final Pool transactions;
    private volatile long answeredAt = System.nanoTime();

    private PgPools(SqlClient statements, Pool transactions) {
        this.statements = statements;
        this.transactions = transactions;
    }

    /** Creates the pools. They connect at the first statement. */
    static PgPools open(Vertx vertx, DatabaseAddress address, Settings settings) {
        PgConnectOptions options = options(address);
        String setUp = setUp(settings, address);
        return new PgPools(
                build(PgBuilder.client(), vertx, settings, settings.databaseConnections(), GENERIC_PLANS + setUp)
                        .connectingTo(new PgConnectOptions(options).setPipeliningLimit(settings.databasePipelining()))
                        .build(),
                build(PgBuilder.pool(), vertx, settings, settings.databaseTransactions(), setUp)
                        .connectingTo(options)
                        .build());
    }

    /** Pipelined connections, for single statements with generic plans. */
    SqlClient statements() {
        return statements;
    }

    /** Connections for transactions, one transaction at a time each. */
    Pool transactions() {
        return transactions;
    }

    /** Records an answer of the server. */
    void recordAnswer(AsyncResult<?> operation) {
        if (operation.succeeded() || operation.cause() instanceof PgException) {
            answeredAt = System.nanoTime();
        }
    }

    /** Time of the last answer, or of creation, as {@link System#nanoTime}. */
    long answeredAt() {
        return answeredAt;
    }

    /** Connect options of every connection. */
    static PgConnectOptions options(DatabaseAddress address) {
        return address.options()
                .setCachePreparedStatements(true)
                // Caches statements of any length. The library's default of 2,048 characters makes PostgreSQL parse and
                // plan longer statements each time, which takes longer than their execution.
                .setPreparedStatementCacheSqlFilter(sql -> true);
    }

    Future<Void> close() {
        return Future.join(statements.close(), transactions.close()).mapEmpty();
    }

    private static <C> ClientBuilder<C> build(
            ClientBuilder<C> builder, Vertx vertx, Settings settings, int size, String setUp) {
        long silenceMillis = silence(settings).toMillis();
        int connectMillis = (int) settings.databaseConnectTimeout().toMillis();
        return builder.with(pool(settings, size))
                .with(new NetClientOptions().setConnectTimeout(connectMillis).setTcpKeepAlive(true))
                .withConnectHandler(connection -> setUp(connection, setUp, silenceMillis))
                .using(vertx);
    }

    /** Sent after connecting, because PgBouncer refuses these settings as startup parameters. */
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
                .exceptionHandler(error -> LOG.debug("error on a new connection: {}", error.toString()))
                .query(sql)
                .execute()
                .onFailure(e -> LOG.warn("connection setup failed: {}", DatabaseReason.of(e)))
                // In a connect handler, close hands the connection to the pool.
                .eventually(connection::close);
    }

    /**
     * Closes the socket of a silent connection. The library's own close and read timeout send a message to the server
     * and wait, which does not end with a silent server.
     */
    private static void closeWhenSilent(SqlConnection connection, long silenceMillis) {
        SocketConnectionBase socket = (SocketConnectionBase)
                ((SqlConnectionInternal) connection).unwrap().unwrap();
        socket.socket()
                .channelHandlerContext()
                .pipeline()
                .addFirst(new ReadTimeoutHandler(silenceMillis, TimeUnit.MILLISECONDS));
    }

    /** Idle timeout of a connection: a multiple of the statement timeout, at most five minutes. */
    private static Duration idle(Settings settings) {
        Duration idle = settings.databaseStatementTimeout().multipliedBy(IDLE_STATEMENT_TIMEOUTS);
        return idle.compareTo(MAX_IDLE) < 0 ? idle : MAX_IDLE;
    }

    /** Longest silence of a live connection: the sum of all its timeouts. */
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
