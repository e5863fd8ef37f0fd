package dev.nostrtrust.db;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * Deletes old rows of a table in the order of their ids, which begin with the time of creation ({@link UuidV7}). A pass
 * reads each row that was created before the cutoff once, a batch at a time. Rows that were created before the cutoff
 * and ended after it stay, and are read again by the next pass: so passes are a hundredth of the retention apart, at
 * most an hour. One sweep at a time.
 */
public final class RetentionPass {
    private static final int PASSES = 100;

    /** After a failure, batches grow again by this fraction of the largest one. */
    private static final int GROWTH = 20;

    private static final Duration MAX_PAUSE = Duration.ofHours(1);
    private static final UUID LOWEST = new UUID(0, 0);

    private final Database database;
    private final String sql;
    private final Duration retention;
    private final int batch;
    private UUID after = LOWEST;
    private int limit;
    private Instant nextPass = Instant.MIN;

    /**
     * Creates a pass at its start.
     *
     * @param sql reads the rows with $1 < id < $2, up to $4 in the order of their ids, and deletes those that ended
     *     before $3, unless they are locked. Returns {@code seen}, the number of rows read, {@code last}, the last id
     *     read, and {@code remaining}, whether the same rows have more to delete
     * @param retention how long a row stays after its end
     * @param batch most rows read by one statement
     */
    public RetentionPass(Database database, String sql, Duration retention, int batch) {
        this.database = database;
        this.sql = sql;
        this.retention = retention;
        this.batch = batch;
        this.limit = batch;
    }

    /**
     * Continues the pass by one batch, or does nothing between two passes. Fails if the database does; the next batch
     * is then half as large, because large rows may need more than the time of a statement.
     *
     * @return whether the pass goes on
     */
    public Future<Boolean> sweep(Instant now) {
        if (now.isBefore(nextPass)) {
            return Future.succeededFuture(false);
        }
        Instant cutoff = now.minus(retention);
        UUID before = UuidV7.of(cutoff, new byte[10]);
        int most = limit;
        return database.execute(sql, Tuple.of(after, before, SqlTime.of(cutoff), most))
                .onFailure(failure -> limit = Math.max(1, most / 2))
                .map(rows -> {
                    limit = Math.min(batch, most + batch / GROWTH + 1);
                    return advance(rows.iterator().next(), most, now);
                });
    }

    private boolean advance(Row row, int most, Instant now) {
        if (row.getBoolean("remaining")) {
            return true;
        }
        if (row.getLong("seen") < most) {
            Duration pause = retention.dividedBy(PASSES);
            nextPass = now.plus(pause.compareTo(MAX_PAUSE) < 0 ? pause : MAX_PAUSE);
            after = LOWEST;
            return false;
        }
        after = row.getUUID("last");
        return true;
    }
}
