package dev.nostrtrust.platform;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the database again and again, over a connection that nobody else uses, so that nothing has to wait in order
 * to learn that it is away. A connection that does not answer is tried once more with a new one before it is believed.
 */
final class DatabaseWatch {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseWatch.class);

    private final Vertx vertx;
    private final PgConnectOptions options;
    private final long intervalMillis;
    private final long ordinaryMillis;
    private final Runnable onReturn;
    private volatile DatabaseState state = DatabaseState.PRESENT;
    private volatile boolean stopped;
    private long timeoutMillis;
    private @Nullable PgConnection connection;

    private DatabaseWatch(Vertx vertx, PgConnectOptions options, Settings settings, Runnable onReturn) {
        this.vertx = vertx;
        this.options = options;
        this.intervalMillis = settings.databaseWatchInterval().toMillis();
        this.ordinaryMillis = settings.databaseWatchTimeout().toMillis();
        // The first look loads classes.
        this.timeoutMillis = 10 * ordinaryMillis;
        this.onReturn = onReturn;
    }

    /**
     * Starts to look.
     *
     * @param onReturn is run when the database answers again after it has been away, before the state says so
     */
    static DatabaseWatch start(Vertx vertx, DatabaseAddress address, Settings settings, Runnable onReturn) {
        DatabaseWatch watch = new DatabaseWatch(vertx, Connections.options(address, settings), settings, onReturn);
        // A context of its own: its timers and answers are all on one event loop.
        vertx.getOrCreateContext().runOnContext(begin -> watch.look());
        return watch;
    }

    /** What was last seen. Any thread. */
    DatabaseState state() {
        return state;
    }

    /** Looks no more. */
    void stop() {
        stopped = true;
    }

    private void look() {
        PgConnection current = connection;
        if (stopped) {
            drop(current);
            return;
        }
        Future<DatabaseState> seen = current == null
                ? askAnew()
                : ask(current).timeout(timeoutMillis, TimeUnit.MILLISECONDS).recover(silent -> askAnew());
        seen.otherwise(DatabaseState.AWAY).onSuccess(this::note);
    }

    private void note(DatabaseState seen) {
        if (seen != state) {
            LOG.warn("the database is {}", seen);
            if (state == DatabaseState.AWAY) {
                onReturn.run();
            }
            state = seen;
        }
        timeoutMillis = ordinaryMillis;
        vertx.setTimer(intervalMillis, next -> look());
    }

    private Future<DatabaseState> askAnew() {
        drop(connection);
        connection = null;
        Future<PgConnection> opened = PgConnection.connect(vertx, options).onSuccess(DatabaseWatch::heed);
        Future<DatabaseState> asked = opened.compose(anew ->
                        ask(anew).onSuccess(answered -> connection = anew).onFailure(silent -> drop(anew)))
                .timeout(timeoutMillis, TimeUnit.MILLISECONDS);
        return asked.onFailure(late -> opened.onSuccess(DatabaseWatch::drop));
    }

    /** What PostgreSQL says unasked, such as that it stops. Unheeded, the library prints it past the log. */
    private static void heed(PgConnection connection) {
        connection.exceptionHandler(said -> LOG.warn("the database ends the connection: {}", said.toString()));
    }

    private static Future<DatabaseState> ask(PgConnection connection) {
        return connection
                .query("SHOW transaction_read_only")
                .execute()
                .map(rows -> "on".equals(rows.iterator().next().getString(0))
                        ? DatabaseState.READ_ONLY
                        : DatabaseState.PRESENT);
    }

    private static void drop(@Nullable PgConnection connection) {
        if (connection != null) {
            connection.close().onFailure(e -> LOG.debug("a connection that was given up: {}", e.toString()));
        }
    }
}
