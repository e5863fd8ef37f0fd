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
 * The table rate_buckets: what has been taken of each limit, by the database's own clock, for all nodes. This is the
 * generic cell rate algorithm: all that is kept of a bucket is the time at which it is full again.
 */
final class RateBucketStore {
    // Keys are touched in their order, so that two nodes never wait for each other in a circle. A bucket that would
    // take longer than its whole window to be full again, and a minute more, was left by a longer window that the
    // operator has given up: it counts as empty.
    private static final String TAKE = """
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

    // Materialized, here and in every other sweep: a plan that runs a locking subquery once for each row exceeds its
    // limit.
    private static final String SWEEP = """
            WITH full_again AS MATERIALIZED (
                SELECT key FROM rate_buckets
                WHERE full_at < (extract(epoch FROM statement_timestamp()) * 1000000)::bigint
                LIMIT $1 FOR UPDATE SKIP LOCKED)
            DELETE FROM rate_buckets WHERE key IN (SELECT key FROM full_again)""";

    private final Database database;

    /** One unit asked for, of the bucket that somebody has of a limit. */
    record Take(Limit limit, String whose) {
        String key() {
            return limit.name() + " " + whose;
        }
    }

    /** All that ask for a unit of the same bucket, in the order in which they came; the first one's limit is meant. */
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

    /** Takes a unit for each if there is one, in one statement. Each is answered for itself, in the order given. */
    Future<List<Allowance>> take(List<Take> takes) {
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
        return database.execute(TAKE, parameters).map(rows -> answers(takes, groups, rows));
    }

    /**
     * Forgets buckets that are full, up to this many. Fails as the database does.
     *
     * @return whether there may be more
     */
    Future<Boolean> sweep(int limit) {
        return database.execute(SWEEP, Tuple.of(limit)).map(rows -> rows.rowCount() == limit);
    }

    /** The first of those who share a bucket get what was granted, and each sees what the next ones leave. */
    private static List<Allowance> answers(List<Take> takes, Map<String, Group> groups, RowSet<Row> rows) {
        Map<String, Row> taken = new HashMap<>();
        rows.forEach(row -> taken.put(row.getString("key"), row));
        Map<String, Long> given = new HashMap<>();
        List<Allowance> answers = new ArrayList<>(takes.size());
        for (Take take : takes) {
            Row row = taken.get(take.key());
            Group group = groups.get(take.key());
            if (row == null || group == null) {
                throw new IllegalStateException("every bucket that is asked of answers");
            }
            long granted = row.getLong("granted");
            long turn = given.merge(take.key(), 1L, Long::sum);
            answers.add(answer(group.limit(), row.getLong("until_full"), granted, turn));
        }
        return answers;
    }

    private static Allowance answer(Limit limit, long untilFull, long granted, long turn) {
        long emission = limit.emissionMicros();
        long left = Math.max(0, (limit.quota() * emission - untilFull) / emission);
        boolean served = turn <= granted;
        long wait = served ? 0 : Math.max(1, untilFull - (limit.quota() - 1) * emission);
        return new Allowance(
                limit, served, served ? left + granted - turn : 0, micros(Math.max(0, untilFull)), micros(wait));
    }

    private static Duration micros(long micros) {
        return Duration.of(micros, ChronoUnit.MICROS);
    }
}
