package dev.nostrtrust.db;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the database periodically over its own connection, so that requests fail at once while it is away. If the
 * connection does not answer, the check is repeated once on a new connection. A failed check sets the state to AWAY
 * until the next check. Runs on one context; methods as noted.
 */
final class DatabaseWatch {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseWatch.class);

    private final Vertx vertx;
    private final PgConnectOptions options;
    private final long intervalMillis;
    private final long checkTimeoutMillis;
    private final Runnable onReturn;
    private volatile Seen last = new Seen(DatabaseState.PRESENT, null);
    private volatile long reconnectedAt = System.nanoTime();
    private volatile boolean reconnectRequested;
    private volatile boolean stopped;
    private long timeoutMillis;
    private boolean connected;
    private @Nullable PgConnection connection;

    /**
     * Result of one check.
     *
     * @param reason why the database is away; null if it is not
     */
    record Seen(DatabaseState state, @Nullable String reason) {}

    private DatabaseWatch(Vertx vertx, PgConnectOptions options, Settings settings, Runnable onReturn) {
        this.vertx = vertx;
        this.options = options;
        this.intervalMillis = settings.databaseWatchInterval().toMillis();
        this.checkTimeoutMillis = settings.databaseWatchTimeout().toMillis();
        // The first check also loads classes.
        this.timeoutMillis = 10 * checkTimeoutMillis;
        this.onReturn = onReturn;
    }

    /**
     * Starts the checks.
     *
     * @param onReturn runs when older connections are no longer useful: the database answers after it was away, or
     *     accepts writes on a new connection after it was read-only
     */
    static DatabaseWatch start(Vertx vertx, DatabaseAddress address, Settings settings, Runnable onReturn) {
        DatabaseWatch watch = new DatabaseWatch(vertx, PgPools.options(address), settings, onReturn);
        // All timers and answers run on this one context.
        vertx.getOrCreateContext().runOnContext(begin -> watch.check());
        return watch;
    }

    /** The result of the last check. Any thread. */
    Seen last() {
        return last;
    }

    /** When the watch last replaced its connection; else when it started. As {@link System#nanoTime}. Any thread. */
    long reconnectedAt() {
        return reconnectedAt;
    }

    /** Makes the next check use a new connection, because older ones may reach another server. Any thread. */
    void reconnect() {
        reconnectRequested = true;
    }

    /** Stops the checks. */
    void stop() {
        stopped = true;
    }

    private void check() {
        if (stopped) {
            close(connection);
            return;
        }
        boolean reconnect = reconnectRequested;
        reconnectRequested = false;
        // compose turns an exception into a failed check. The watch continues.
        Future.succeededFuture()
                .compose(begin -> state(reconnect))
                .map(state -> new Seen(state, null))
                .otherwise(error -> new Seen(DatabaseState.AWAY, DatabaseReason.of(error)))
                .map(result -> update(result, reconnect))
                .onFailure(error -> LOG.error("database check failed", error))
                .onComplete(ended -> vertx.setTimer(intervalMillis, next -> check()));
    }

    /** After a failover the old server may stay up as read-only; only a new connection reaches the new primary. */
    private Future<DatabaseState> state(boolean reconnect) {
        PgConnection current = connection;
        return current == null || reconnect || last.state() == DatabaseState.READ_ONLY
                ? queryNew()
                : query(current).timeout(timeoutMillis, TimeUnit.MILLISECONDS).recover(silent -> queryNew());
    }

    private Seen update(Seen result, boolean reconnect) {
        Seen before = last;
        timeoutMillis = checkTimeoutMillis;
        if (result.state() != before.state() || !Objects.equals(result.reason(), before.reason())) {
            LOG.warn("the database is {}{}", result.state(), result.reason() == null ? "" : ": " + result.reason());
        }
        boolean writable = result.state() == DatabaseState.PRESENT;
        boolean back = before.state() == DatabaseState.AWAY && result.state() != DatabaseState.AWAY;
        try {
            if (back || (writable && (reconnect || before.state() == DatabaseState.READ_ONLY))) {
                // onReturn replaces the suspected connections.
                reconnectRequested = false;
                onReturn.run();
            }
        } finally {
            last = result;
        }
        return result;
    }

    private Future<DatabaseState> queryNew() {
        close(connection);
        connection = null;
        Future<PgConnection> opened =
                PgConnection.connect(vertx, options).onSuccess(DatabaseWatch::addExceptionHandler);
        Future<DatabaseState> asked = opened.compose(created ->
                        query(created).onSuccess(answered -> use(created)).onFailure(silent -> close(created)))
                .timeout(timeoutMillis, TimeUnit.MILLISECONDS);
        return asked.onFailure(late -> opened.onSuccess(DatabaseWatch::close));
    }

    private void use(PgConnection created) {
        connection = created;
        if (connected) {
            reconnectedAt = System.nanoTime();
        }
        connected = true;
    }

    /** Logs asynchronous messages of PostgreSQL. Without a handler, the library prints them to standard error. */
    private static void addExceptionHandler(PgConnection connection) {
        connection.exceptionHandler(error -> LOG.warn("the database closes the connection: {}", error.toString()));
    }

    private static Future<DatabaseState> query(PgConnection connection) {
        return connection
                .query("SHOW transaction_read_only")
                .execute()
                .map(rows -> "on".equals(rows.iterator().next().getString(0))
                        ? DatabaseState.READ_ONLY
                        : DatabaseState.PRESENT);
    }

    private static void close(@Nullable PgConnection connection) {
        if (connection != null) {
            connection.close().onFailure(e -> LOG.debug("closing a connection failed: {}", e.toString()));
        }
    }
}
