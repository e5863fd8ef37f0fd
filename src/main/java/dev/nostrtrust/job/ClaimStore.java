package dev.nostrtrust.job;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.job.JobStore.Found;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Claims of the next jobs of some queues that arrive together. A statement skips rows that another transaction has
 * locked, so it waits for none and cannot deadlock. Any thread.
 */
final class ClaimStore {
    // Claims on the same queues are a group: the first worker gets the oldest jobs, up to its number, then the next.
    // The index has the order for each queue.
    private static final String CLAIM_NEXT =
            """
            WITH claims AS (
                SELECT c.*, sum(most) OVER (PARTITION BY grouped ORDER BY n)::bigint AS last
                FROM unnest($1::text[], $2::bigint[], $5::bigint[], $6::int[])
                     WITH ORDINALITY AS c (worker, most, step, grouped, n)),
            served AS (SELECT * FROM unnest($7::text[], $8::int[], $9::timestamptz[]) AS s (queue, grouped, floor)),
            locked AS MATERIALIZED (
                SELECT g.grouped, due.id, due.available_at
                FROM (SELECT grouped, sum(most)::bigint AS most FROM claims GROUP BY grouped) g
                CROSS JOIN LATERAL (
                    SELECT next.id, next.available_at FROM served CROSS JOIN LATERAL (
                        SELECT j.id, j.available_at FROM jobs j
                        WHERE j.queue = served.queue AND j.available_at >= served.floor AND\s""" + LeaseStore.CLAIMABLE + """
                        ORDER BY j.available_at, j.id LIMIT g.most FOR UPDATE OF j SKIP LOCKED) next
                    WHERE served.grouped = g.grouped ORDER BY next.available_at, next.id LIMIT g.most) due),
            due AS (
                SELECT *, row_number() OVER (PARTITION BY grouped ORDER BY available_at, id) AS place FROM locked),
            j AS (
                UPDATE jobs j
                SET\s""" + LeaseStore.startClaim("claims.worker", "claims.step") + """
                FROM due JOIN claims ON claims.grouped = due.grouped
                     AND due.place > claims.last - claims.most AND due.place <= claims.last
                WHERE j.id = due.id
                RETURNING claims.n,\s"""
                    + JobStore.COLUMNS + JobStore.FROM_J + " ORDER BY j.available_at, j.id";

    /** The largest number of jobs in a statement with more than one claim. */
    private static final int MAX_JOBS = 1000;

    private final Database database;
    private final QueueHeads heads = new QueueHeads();

    /**
     * A claim of the next jobs of some queues.
     *
     * @param queues in alphabetical order
     * @param max the largest number of jobs
     * @param fenceStep by which the fences grow
     */
    record NextClaim(List<String> queues, int max, String worker, long fenceStep) {}

    ClaimStore(Database database) {
        this.database = database;
    }

    /**
     * Claims the oldest jobs for each worker, without those of blocked identities. Workers with the same queues are
     * served in order. One statement serves claims whose queues are the same or have none in common, up to a number of
     * jobs; others run beside it, because a statement does not skip rows that it has locked itself.
     *
     * @return the result of each claim, in order; each succeeds or fails by itself
     */
    List<Future<List<Found>>> claimNext(List<NextClaim> claims, Instant now, Instant leaseUntil) {
        IdentityHashMap<NextClaim, Future<List<Found>>> results = new IdentityHashMap<>();
        for (List<NextClaim> together : statements(claims)) {
            Future<List<List<Found>>> claimed = claimTogether(together, now, leaseUntil);
            for (int i = 0; i < together.size(); i++) {
                int place = i;
                results.put(together.get(i), claimed.map(all -> all.get(place)));
            }
        }
        return claims.stream().map(results::get).toList();
    }

    /** The claims of each statement. */
    private static List<List<NextClaim>> statements(List<NextClaim> claims) {
        List<List<NextClaim>> statements = new ArrayList<>();
        List<NextClaim> rest = claims;
        while (!rest.isEmpty()) {
            Set<List<String>> groups = new HashSet<>();
            Set<String> queues = new HashSet<>();
            List<NextClaim> statement = new ArrayList<>();
            List<NextClaim> later = new ArrayList<>();
            int jobs = 0;
            for (NextClaim claim : rest) {
                boolean fits = statement.isEmpty() || jobs + claim.max() <= MAX_JOBS;
                boolean overlaps = claim.queues().stream().anyMatch(queues::contains);
                if (fits && (groups.contains(claim.queues()) || !overlaps)) {
                    jobs += claim.max();
                    groups.add(claim.queues());
                    queues.addAll(claim.queues());
                    statement.add(claim);
                } else {
                    later.add(claim);
                }
            }
            statements.add(statement);
            rest = later;
        }
        return statements;
    }

    /** Looks for jobs from the heads of the queues on; for a claim that gets none, from the beginning. */
    private Future<List<List<Found>>> claimTogether(List<NextClaim> claims, Instant now, Instant leaseUntil) {
        QueueHeads.View known = heads.view(claims);
        return execute(claims, known, now, leaseUntil).compose(found -> {
            List<Integer> again = IntStream.range(0, claims.size())
                    .filter(i -> found.get(i).isEmpty() && known.limits(claims.get(i)))
                    .boxed()
                    .toList();
            if (again.isEmpty()) {
                return Future.succeededFuture(found);
            }
            List<NextClaim> repeated = again.stream().map(claims::get).toList();
            // The jobs that are claimed already are answered, even if the second statement fails.
            return execute(repeated, QueueHeads.View.none(), now, leaseUntil)
                    .map(more -> {
                        List<List<Found>> all = new ArrayList<>(found);
                        for (int i = 0; i < more.size(); i++) {
                            all.set(again.get(i), more.get(i));
                        }
                        return all;
                    })
                    .otherwise(found);
        });
    }

    private Future<List<List<Found>>> execute(
            List<NextClaim> claims, QueueHeads.View known, Instant now, Instant leaseUntil) {
        Map<List<String>, Integer> groups = new LinkedHashMap<>();
        claims.forEach(claim -> groups.putIfAbsent(claim.queues(), groups.size()));
        List<String> queues = groups.keySet().stream().flatMap(List::stream).toList();
        Tuple parameters = Tuple.tuple()
                .addArrayOfString(claims.stream().map(NextClaim::worker).toArray(String[]::new))
                .addArrayOfLong(claims.stream().map(claim -> (long) claim.max()).toArray(Long[]::new))
                .addOffsetDateTime(SqlTime.of(now))
                .addOffsetDateTime(SqlTime.of(leaseUntil))
                .addArrayOfLong(claims.stream().map(NextClaim::fenceStep).toArray(Long[]::new))
                .addArrayOfInteger(
                        claims.stream().map(claim -> groups.get(claim.queues())).toArray(Integer[]::new))
                .addArrayOfString(queues.toArray(String[]::new))
                .addArrayOfInteger(groups.entrySet().stream()
                        .flatMap(group -> group.getKey().stream().map(queue -> group.getValue()))
                        .toArray(Integer[]::new))
                .addArrayOfOffsetDateTime(queues.stream()
                        .map(queue -> SqlTime.of(known.of(queue)))
                        .toArray(OffsetDateTime[]::new));
        return database.execute(CLAIM_NEXT, parameters).map(rows -> {
            List<List<Found>> found = Stream.<List<Found>>generate(ArrayList::new)
                    .limit(claims.size())
                    .toList();
            for (Row row : rows) {
                Found job = JobStore.found(row);
                found.get((int) (row.getLong("n") - 1)).add(job);
                heads.claimed(job.job(), known);
            }
            return found;
        });
    }
}
