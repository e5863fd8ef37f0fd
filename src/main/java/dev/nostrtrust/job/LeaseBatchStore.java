package dev.nostrtrust.job;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.job.JobStore.Found;
import dev.nostrtrust.trust.ledger.Ledger;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Claims, renewals and reports that arrive together: one statement for each kind. A statement skips rows that another
 * transaction has locked, so it waits for none and cannot deadlock. The result of a renewal or a report is empty if the
 * comparison failed or the row was skipped; {@link LeaseStore} then decides. Any thread.
 */
final class LeaseBatchStore {
    // The index has the order for each queue. The first worker gets the oldest jobs, up to its number, then the next.
    private static final String CLAIM_NEXT =
            """
            WITH claims AS (
                SELECT n, worker, step, sum(most) OVER (ORDER BY n) AS last, sum(most) OVER (ORDER BY n) - most AS before
                FROM unnest($1::text[], $2::bigint[], $5::bigint[]) WITH ORDINALITY AS c (worker, most, step, n)),
            locked AS MATERIALIZED (
                SELECT next.id, next.available_at FROM unnest($6::text[]) AS served (queue)
                CROSS JOIN LATERAL (
                    SELECT j.id, j.available_at FROM jobs j
                    WHERE j.queue = served.queue AND\s""" + LeaseStore.CLAIMABLE + """
                    ORDER BY j.available_at, j.id LIMIT $7 FOR UPDATE OF j SKIP LOCKED) next
                ORDER BY next.available_at, next.id LIMIT $7),
            due AS (SELECT id, row_number() OVER (ORDER BY available_at, id) AS place FROM locked),
            j AS (
                UPDATE jobs j
                SET state = 'running', worker = claims.worker, lease_until = $4, attempts = attempts + 1, progress = NULL,
                    fence = fence + least(claims.step, greatest(1, (9007199254740991 - fence) / 1024)),
                    output_start = output_count, output_bytes = 0, started_at = coalesce(started_at, $3)
                FROM due JOIN claims ON due.place > claims.before AND due.place <= claims.last
                WHERE j.id = due.id
                RETURNING claims.n,\s""" + JobStore.COLUMNS + JobStore.FROM_J + " ORDER BY j.available_at, j.id";

    /** The rows of the claims in $1 (jobs), $2 (fences) and $3 (workers). */
    private static final String LOCKED = """
            locked AS MATERIALIZED (
                SELECT o.n, j.id FROM asked o CROSS JOIN LATERAL (
                    SELECT id FROM jobs WHERE id = o.id AND state = 'running' AND fence = o.fence AND worker = o.worker
                    OFFSET 0 FOR NO KEY UPDATE SKIP LOCKED) j)
            """;

    private static final String RENEW =
            """
            WITH asked AS (
                SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[])
                    WITH ORDINALITY AS o (id, fence, worker, progress, n)),
            """ + LOCKED + """
            , j AS (
                UPDATE jobs j SET lease_until = $5, progress = coalesce(o.progress, j.progress)
                FROM locked JOIN asked o ON o.n = locked.n
                WHERE j.id = locked.id AND\s""" + JobStore.beforeDeadline("$6") + """
                RETURNING o.n,\s""" + JobStore.COLUMNS + JobStore.FROM_J;

    private static final String REPORT = """
            WITH asked AS (
                SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                                     $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::bigint[])
                    WITH ORDINALITY AS o (id, fence, worker, state, result, cost, absorbed, lost, reason, error, fact, sats, n)),
            """ + LOCKED + """
            , j AS (
                UPDATE jobs j
                SET state = o.state, result = o.result, sats_cost = o.cost, sats_absorbed = o.absorbed, sats_lost = o.lost,
                    reason = o.reason, finished_at = $13,
                    last_error = CASE WHEN o.state = 'failed' THEN o.error ELSE j.last_error END
                FROM locked JOIN asked o ON o.n = locked.n
                WHERE j.id = locked.id AND\s""" + JobStore.beforeDeadline("$13") + """
                RETURNING o.n, o.fact, o.sats,\s"""
            + JobStore.LISTED_COLUMNS + "), fact AS (" + Ledger.INSERT_FACT + """
                SELECT 'job', id::text, nostr_pubkey, fact, reason, sats, coalesce(sats_absorbed, 0), $13 FROM j
                WHERE nostr_pubkey IS NOT NULL AND fact IS NOT NULL)
            """ + JobStore.WITH_STANDING;

    private final Database database;

    /**
     * A claim of the next jobs of some queues.
     *
     * @param max the largest number of jobs
     * @param fenceStep by which the fences grow
     */
    record NextClaim(List<String> queues, int max, String worker, long fenceStep) {}

    /** A worker's own claim on a job. */
    record OwnClaim(UUID job, long fence, String worker) {}

    /**
     * An extension of a claim.
     *
     * @param progress as JSON text; null to keep the progress
     */
    record Renewal(OwnClaim claim, @Nullable String progress) {}

    /** A final report on a claim. */
    record Report(OwnClaim claim, JobReport report) {}

    LeaseBatchStore(Database database) {
        this.database = database;
    }

    /**
     * Claims the oldest jobs for workers that serve the same queues, without those of blocked identities.
     *
     * @param claims have the same queues; the first one is served first
     */
    Future<List<List<Found>>> claimNext(List<NextClaim> claims, Instant now, Instant leaseUntil) {
        int all = claims.stream().mapToInt(NextClaim::max).sum();
        Tuple parameters = Tuple.tuple()
                .addArrayOfString(strings(claims, NextClaim::worker))
                .addArrayOfLong(longs(claims, claim -> (long) claim.max()))
                .addOffsetDateTime(SqlTime.of(now))
                .addOffsetDateTime(SqlTime.of(leaseUntil))
                .addArrayOfLong(longs(claims, NextClaim::fenceStep))
                .addArrayOfString(claims.get(0).queues().toArray(String[]::new))
                .addInteger(all);
        return database.execute(CLAIM_NEXT, parameters).map(rows -> {
            List<List<Found>> found = Stream.<List<Found>>generate(ArrayList::new)
                    .limit(claims.size())
                    .toList();
            rows.forEach(row -> found.get(place(row)).add(JobStore.found(row)));
            return found;
        });
    }

    /** Renews the leases of latest claims of these workers. */
    Future<List<Optional<Found>>> renew(List<Renewal> renewals, Instant now, Instant leaseUntil) {
        Tuple parameters = claims(renewals.stream().map(Renewal::claim).toList())
                .addArrayOfString(strings(renewals, Renewal::progress))
                .addOffsetDateTime(SqlTime.of(leaseUntil))
                .addOffsetDateTime(SqlTime.of(now));
        return each(RENEW, parameters, renewals.size());
    }

    /** Finishes running jobs whose latest claims belong to these workers. */
    Future<List<Optional<Found>>> report(List<Report> reports, Instant now) {
        Tuple parameters = claims(reports.stream().map(Report::claim).toList())
                .addArrayOfString(strings(reports, each -> each.report.state().code()))
                .addArrayOfString(strings(reports, each -> each.report.outcome().result()))
                .addArrayOfLong(longs(reports, each -> each.report.outcome().satsCost()))
                .addArrayOfLong(longs(reports, each -> each.report.outcome().satsAbsorbed()))
                .addArrayOfLong(longs(reports, each -> each.report.outcome().satsLost()))
                .addArrayOfString(strings(reports, each -> each.report.outcome().reason()))
                .addArrayOfString(strings(reports, each -> each.report.error()))
                .addArrayOfString(strings(
                        reports,
                        each -> each.report.fact() == null
                                ? null
                                : each.report.fact().code()))
                .addArrayOfLong(longs(reports, each -> each.report.factSats()))
                .addOffsetDateTime(SqlTime.of(now));
        return each(REPORT, parameters, reports.size());
    }

    private Future<List<Optional<Found>>> each(String sql, Tuple parameters, int size) {
        return database.execute(sql, parameters).map(rows -> {
            List<Optional<Found>> found = new ArrayList<>(Collections.nCopies(size, Optional.empty()));
            rows.forEach(row -> found.set(place(row), Optional.of(JobStore.found(row))));
            return found;
        });
    }

    private static Tuple claims(List<OwnClaim> claims) {
        return Tuple.tuple()
                .addArrayOfUUID(claims.stream().map(OwnClaim::job).toArray(UUID[]::new))
                .addArrayOfLong(longs(claims, OwnClaim::fence))
                .addArrayOfString(strings(claims, OwnClaim::worker));
    }

    private static int place(Row row) {
        return (int) (row.getLong("n") - 1);
    }

    private static <T> String[] strings(List<T> all, Function<T, @Nullable String> part) {
        return all.stream().map(part).toArray(String[]::new);
    }

    private static <T> Long[] longs(List<T> all, Function<T, @Nullable Long> part) {
        return all.stream().map(part).toArray(Long[]::new);
    }
}
