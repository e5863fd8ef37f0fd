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
 * Looks at the database again and again, over a connection that nobody else uses, so that nothing has to wait in order
 * to learn that it is away. A connection that does not answer is tried once more with a new one before it is believed.
 * Whatever fails in a look makes the database away, for that reason, until the next look.
 */
final class DatabaseWatch {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseWatch.class);

    private final Vertx vertx;
    private final PgConnectOptions options;
    private final long intervalMillis;
    private final long ordinaryMillis;
    private final Runnable onReturn;
    private volatile Seen last = new Seen(DatabaseState.PRESENT, null);
    private volatile long connected = System.nanoTime();
    private volatile boolean doubted;
    private volatile boolean stopped;
    private long timeoutMillis;
    private @Nullable PgConnection connection;

    /**
     * One look.
     *
     * @param reason why it is away; null where it is not
     */
    record Seen(DatabaseState state, @Nullable String reason) {}

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
     * @param onReturn is run when connections that were made earlier are no good any more: the database answers after
     *     it has been away, or takes writes by a new connection after it did not
     */
    static DatabaseWatch start(Vertx vertx, DatabaseAddress address, Settings settings, Runnable onReturn) {
        DatabaseWatch watch = new DatabaseWatch(vertx, PgPools.options(address), settings, onReturn);
        // A context of its own: its timers and answers are all on one event loop.
        vertx.getOrCreateContext().runOnContext(begin -> watch.look());
        return watch;
    }

    /** What was last seen. Any thread. */
    Seen seen() {
        return last;
    }

    /** When the connection that is asked was made: {@link System#nanoTime}. Any thread. */
    long connected() {
        return connected;
    }

    /** The next look is by a new connection: older ones may lead to another server. Any thread. */
    void doubt() {
        doubted = true;
    }

    /** Looks no more. */
    void stop() {
        stopped = true;
    }

    private void look() {
        if (stopped) {
            drop(connection);
            return;
        }
        boolean inDoubt = doubted;
        doubted = false;
        // Composed, so that what throws is a reason like any other and does not end the watch.
        Future.succeededFuture()
                .compose(begin -> state(inDoubt))
                .map(state -> new Seen(state, null))
                .otherwise(error -> new Seen(DatabaseState.AWAY, DatabaseReason.of(error)))
                .map(seen -> note(seen, inDoubt))
                .onFailure(error -> LOG.error("a look at the database", error))
                .onComplete(ended -> vertx.setTimer(intervalMillis, next -> look()));
    }

    /** After a failover, an old server may live on and be read-only: only a new connection leads to the new one. */
    private Future<DatabaseState> state(boolean inDoubt) {
        PgConnection current = connection;
        return current == null || inDoubt || last.state() == DatabaseState.READ_ONLY
                ? askAnew()
                : ask(current).timeout(timeoutMillis, TimeUnit.MILLISECONDS).recover(silent -> askAnew());
    }

    private Seen note(Seen seen, boolean inDoubt) {
        Seen before = last;
        timeoutMillis = ordinaryMillis;
        if (seen.state() != before.state() || !Objects.equals(seen.reason(), before.reason())) {
            LOG.warn("the database is {}{}", seen.state(), seen.reason() == null ? "" : ": " + seen.reason());
        }
        boolean writable = seen.state() == DatabaseState.PRESENT;
        boolean back = before.state() == DatabaseState.AWAY && seen.state() != DatabaseState.AWAY;
        try {
            if (back || (writable && (inDoubt || before.state() == DatabaseState.READ_ONLY))) {
                // The connections in doubt are those that are given up now.
                doubted = false;
                onReturn.run();
            }
        } finally {
            last = seen;
        }
        return seen;
    }

    private Future<DatabaseState> askAnew() {
        drop(connection);
        connection = null;
        Future<PgConnection> opened = PgConnection.connect(vertx, options).onSuccess(DatabaseWatch::heed);
        Future<DatabaseState> asked = opened.compose(
                        anew -> ask(anew).onSuccess(answered -> use(anew)).onFailure(silent -> drop(anew)))
                .timeout(timeoutMillis, TimeUnit.MILLISECONDS);
        return asked.onFailure(late -> opened.onSuccess(DatabaseWatch::drop));
    }

    private void use(PgConnection anew) {
        connection = anew;
        connected = System.nanoTime();
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
