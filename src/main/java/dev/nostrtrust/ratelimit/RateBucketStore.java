package dev.nostrtrust.ratelimit;

import dev.nostrtrust.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Stores the used units of each limit in the table rate_buckets, for all nodes and by the database's clock. Implements
 * the generic cell rate algorithm (GCRA): a row holds only the time at which its bucket is full again.
 */
final class RateBucketStore {
    // Rows are locked in key order, so that two nodes cannot deadlock. A full_at more than one window and one minute
    // ahead comes from an earlier, longer window of the settings: that bucket counts as empty.
    private static final String ACQUIRE = """
            WITH asked AS (
                SELECT a.key, a.units, a.emission, a.quota,
                       (extract(epoch FROM statement_timestamp()) * 1000000)::bigint AS now
                FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS a(key, units, emission, quota)),
            taken AS (
                INSERT INTO rate_buckets AS b (key, full_at, granted)
                SELECT key, now + least(units, quota) * emission, least(units, quota) FROM asked ORDER BY key
                ON CONFLICT (key) DO UPDATE SET (full_at, granted) = (
                    SELECT was.full_at + had.units * a.emission, had.units
                    FROM asked a,
                         LATERAL (SELECT a.now + a.quota * a.emission AS full_at) empty,
                         LATERAL (SELECT CASE WHEN b.full_at > empty.full_at + 60000000 THEN empty.full_at
                                         ELSE greatest(b.full_at, a.now) END AS full_at) was,
                         LATERAL (SELECT greatest(0, least(
                             a.units, (empty.full_at - was.full_at) / a.emission)) AS units) had
                    WHERE a.key = b.key)
                RETURNING b.key, b.full_at, b.granted)
            SELECT a.key, t.granted, t.full_at - a.now AS until_full FROM taken t JOIN asked a ON a.key = t.key""";

    // MATERIALIZED, as in every sweep: otherwise a plan may run the subquery once per row and exceed the LIMIT.
    private static final String SWEEP = """
            WITH full_again AS MATERIALIZED (
                SELECT key FROM rate_buckets
                WHERE full_at < (extract(epoch FROM statement_timestamp()) * 1000000)::bigint
                LIMIT $1 FOR UPDATE SKIP LOCKED)
            DELETE FROM rate_buckets WHERE key IN (SELECT key FROM full_again)""";

    private final Database database;

    /** A request for one unit of the bucket of a limit and an owner. */
    record Take(Limit limit, String owner) {
        String key() {
            return limit.name() + " " + owner;
        }
    }

    /** Requests for the same bucket, in order of arrival. The limit of the first request applies to all. */
    private record Group(Limit limit, int size) {
        Group(Take first) {
            this(first.limit(), 1);
        }

        Group and(Group other) {
            return new Group(limit, size + other.size());
        }
    }

    RateBucketStore(Database database) {
        this.database = database;
    }

    /** Requests one unit for each entry, in one statement. Results are in the order of the entries. */
    Future<List<Allowance>> acquire(List<Take> takes) {
        Map<String, Group> groups = new TreeMap<>();
        takes.forEach(take -> groups.merge(take.key(), new Group(take), Group::and));
        Tuple parameters = Tuple.tuple()
                .addArrayOfString(groups.keySet().toArray(String[]::new))
                .addArrayOfLong(groups.values().stream()
                        .map(group -> (long) group.size())
                        .toArray(Long[]::new))
                .addArrayOfLong(groups.values().stream()
                        .map(group -> group.limit().emissionMicros())
                        .toArray(Long[]::new))
                .addArrayOfLong(groups.values().stream()
                        .map(group -> (long) group.limit().quota())
                        .toArray(Long[]::new));
        return database.execute(ACQUIRE, parameters).map(rows -> results(takes, groups, rows));
    }

    /**
     * Deletes full buckets, up to the limit.
     *
     * @return whether more full buckets may exist
     */
    Future<Boolean> sweep(int limit) {
        return database.execute(SWEEP, Tuple.of(limit)).map(rows -> rows.rowCount() == limit);
    }

    /** Grants the units of a bucket in order of arrival. Each result shows the units left after it. */
    private static List<Allowance> results(List<Take> takes, Map<String, Group> groups, RowSet<Row> rows) {
        Map<String, Row> taken = new HashMap<>();
        rows.forEach(row -> taken.put(row.getString("key"), row));
        Map<String, Long> positions = new HashMap<>();
        List<Allowance> results = new ArrayList<>(takes.size());
        for (Take take : takes) {
            Row row = taken.get(take.key());
            Group group = groups.get(take.key());
            if (row == null || group == null) {
                throw new IllegalStateException("the statement returns no row for a bucket");
            }
            long grantedUnits = row.getLong("granted");
            long position = positions.merge(take.key(), 1L, Long::sum);
            results.add(result(group.limit(), row.getLong("until_full"), grantedUnits, position));
        }
        return results;
    }

    private static Allowance result(Limit limit, long untilFull, long grantedUnits, long position) {
        long emission = limit.emissionMicros();
        long left = Math.max(0, (limit.quota() * emission - untilFull) / emission);
        boolean granted = position <= grantedUnits;
        long retryMicros = granted ? 0 : Math.max(1, untilFull - (limit.quota() - 1) * emission);
        return new Allowance(
                limit,
                granted,
                granted ? left + grantedUnits - position : 0,
                micros(Math.max(0, untilFull)),
                micros(retryMicros));
    }

    private static Duration micros(long micros) {
        return Duration.of(micros, ChronoUnit.MICROS);
    }
}
