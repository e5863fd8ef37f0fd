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
import org.jspecify.annotations.Nullable;

/**
 * Renewals and reports that arrive together: one statement for each kind. A statement skips rows that another
 * transaction has locked, so it waits for none and cannot deadlock. A result is empty if the comparison failed or the
 * row was skipped; {@link LeaseStore} then decides. Any thread.
 */
final class LeaseBatchStore {
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
