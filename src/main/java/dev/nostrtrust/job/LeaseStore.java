package dev.nostrtrust.job;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.job.JobStore.Found;
import dev.nostrtrust.trust.ledger.Ledger;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The leases of workers on jobs, in the table {@code jobs}: claims, renews and releases jobs, and records reports. Each
 * is one statement: a compare-and-set that also inserts the resulting fact. It returns empty if the comparison fails.
 * Any thread.
 */
final class LeaseStore {
    // The clocks of nodes differ, so a job that one node has created may be available a moment later for another one.
    // With a join to the identities, PostgreSQL would sort the whole queue when there are few of them.
    /** The condition that the job {@code j} can be claimed at $3. */
    static final String CLAIMABLE = """
            j.state = 'queued' AND j.available_at <= $3::timestamptz + interval '1 second'
            AND (j.deadline IS NULL OR j.deadline > $3)
            AND (SELECT i.blocked_at FROM nostr_identities i WHERE i.pubkey = j.nostr_pubkey) IS NULL
            """;

    // Steps get smaller so that fences stay below 2^53, the limit of numbers in JavaScript.
    /** The changes of a job whose claim starts at $3 and ends at $4. */
    static String startClaim(String worker, String fenceStep) {
        return """
                state = 'running', worker = %s, lease_until = $4, attempts = attempts + 1, progress = NULL,
                fence = fence + least(%s, greatest(1, (9007199254740991 - fence) / 1024)),
                output_start = output_count, output_bytes = 0, started_at = coalesce(started_at, $3)
                """.formatted(worker, fenceStep);
    }

    private static final String CLAIM =
            """
            WITH j AS (
                UPDATE jobs j
                SET\s""" + startClaim("$2", "$5") + """
                WHERE id = $1 AND\s""" + CLAIMABLE + """
                RETURNING\s""" + JobStore.COLUMNS + JobStore.FROM_J;

    // started_at is that of the first attempt, which this may undo.
    private static final String RELEASE = """
            WITH j AS (
                UPDATE jobs j
                SET state = 'queued', attempts = attempts - 1, releases = releases + 1, lease_until = NULL,
                    started_at = CASE WHEN attempts > 1 THEN started_at END
                WHERE id = $1 AND state = 'running' AND fence = $2 AND worker = $3
                RETURNING\s""" + JobStore.COLUMNS + JobStore.FROM_J;

    private static final String RENEW = """
            WITH j AS (
                UPDATE jobs j SET lease_until = $3, progress = coalesce($5, progress)
                WHERE id = $1 AND state = 'running' AND fence = $2 AND worker = $4 AND\s""" + JobStore.beforeDeadline("$6") + """
                RETURNING\s""" + JobStore.COLUMNS + JobStore.FROM_J;

    private static final String REPORT = """
            WITH j AS (
                UPDATE jobs j
                SET state = $3, result = $4, sats_cost = $5, sats_absorbed = $6, sats_lost = $7, reason = $8,
                    finished_at = $9, last_error = CASE WHEN $3 = 'failed' THEN $15 ELSE last_error END
                WHERE id = $1 AND state = 'running' AND fence = $2 AND worker = $14 AND\s"""
            + JobStore.beforeDeadline("$9") + """
                RETURNING\s""" + JobStore.LISTED_COLUMNS + "), fact AS (" + Ledger.INSERT_FACT + """
                SELECT 'job', id::text, nostr_pubkey, $10::text, $11::text, $12::bigint, $13::bigint, $9 FROM j
                WHERE nostr_pubkey IS NOT NULL AND $10::text IS NOT NULL)
            """
            + JobStore.WITH_STANDING;

    /** Ends a failed attempt: the job returns to the queue, or fails after the last attempt. */
    private static final String END_ATTEMPT = """
            state = CASE WHEN attempts < $2 THEN 'queued' ELSE 'failed' END,
            lease_until = CASE WHEN attempts >= $2 THEN lease_until END,
            finished_at = CASE WHEN attempts >= $2 THEN $1::timestamptz END,
            reason = CASE WHEN attempts >= $2 THEN $3::text END,
            last_error = $4,
            available_at = $1 + least($5 * 2 ^ least(attempts - 1, 60), 3600) * interval '1 second'""";

    private static final String RETRY =
            """
            WITH j AS (
                UPDATE jobs j
                SET\s""" + END_ATTEMPT + """
                WHERE id = $6 AND state = 'running' AND fence = $7 AND worker = $8 AND\s""" + JobStore.beforeDeadline("$1") + """
                RETURNING\s""" + JobStore.COLUMNS + JobStore.FROM_J;

    private static final String END_LEASES =
            """
            WITH due AS MATERIALIZED (
                SELECT id FROM jobs j WHERE state = 'running' AND lease_until <= $1 AND\s""" + JobStore.beforeDeadline("$1") + """
                ORDER BY lease_until LIMIT $6 FOR UPDATE SKIP LOCKED),
            j AS (
                UPDATE jobs j
                SET\s""" + END_ATTEMPT + """
                WHERE id IN (SELECT id FROM due)
                RETURNING\s""" + JobStore.COLUMNS + JobStore.FROM_J;

    private final Database database;

    LeaseStore(Database database) {
        this.database = database;
    }

    /** Claims a queued job for a worker, with a lease and a higher fencing token, unless its identity is blocked. */
    Future<Optional<Found>> claim(UUID id, String worker, Instant now, Instant leaseUntil, long fenceStep) {
        return updateState(CLAIM, Tuple.of(id, worker, SqlTime.of(now), SqlTime.of(leaseUntil), fenceStep));
    }

    /** Returns a job to its queue if the latest claim belongs to this worker, as if it had not been claimed. */
    Future<Optional<Found>> release(UUID id, long fence, String worker) {
        return updateState(RELEASE, Tuple.of(id, fence, worker));
    }

    /**
     * Renews the lease of the latest claim if it belongs to this worker.
     *
     * @param progress as JSON text; null to keep the progress
     */
    Future<Optional<Found>> renew(
            UUID id, long fence, String worker, Instant now, Instant leaseUntil, @Nullable String progress) {
        return updateState(RENEW, Tuple.of(id, fence, SqlTime.of(leaseUntil), worker, progress, SqlTime.of(now)));
    }

    /** Finishes a running job if its latest claim belongs to this worker. */
    Future<Optional<Found>> report(UUID id, long fence, String worker, JobReport report, Instant now) {
        Job.Outcome outcome = report.outcome();
        return updateState(
                REPORT,
                Tuple.tuple()
                        .addUUID(id)
                        .addLong(fence)
                        .addString(report.state().code())
                        .addString(outcome.result())
                        .addLong(outcome.satsCost())
                        .addLong(outcome.satsAbsorbed())
                        .addLong(outcome.satsLost())
                        .addString(outcome.reason())
                        .addOffsetDateTime(SqlTime.of(now))
                        .addString(report.fact() == null ? null : report.fact().code())
                        .addString(report.fact() == null ? null : outcome.reason())
                        .addLong(report.factSats())
                        .addLong(report.factSatsAbsorbed())
                        .addString(worker)
                        .addString(report.error()));
    }

    /**
     * Ends an attempt that its worker failed to finish, if the latest claim belongs to this worker: the job returns to
     * the queue, or fails after the last attempt.
     */
    Future<Optional<Found>> retry(
            UUID id, long fence, String worker, JobReport report, RetryPolicy policy, Instant now) {
        return updateState(
                RETRY,
                endOfAttempt(now, policy, String.valueOf(report.outcome().reason()), report.error())
                        .addUUID(id)
                        .addLong(fence)
                        .addString(worker));
    }

    /** Ends expired leases: the job returns to the queue, or fails after the last attempt. */
    Future<List<Found>> endLeases(Instant now, RetryPolicy policy, int limit) {
        return database.executeWithCustomPlan(
                        END_LEASES,
                        endOfAttempt(now, policy, JobReport.PLATFORM_ERROR, "The lease ended without a report.")
                                .addInteger(limit))
                .map(JobStore::all);
    }

    private static Tuple endOfAttempt(Instant now, RetryPolicy policy, String reason, @Nullable String error) {
        return Tuple.tuple()
                .addOffsetDateTime(SqlTime.of(now))
                .addInteger(policy.maxAttempts())
                .addString(reason)
                .addString(error)
                .addDouble(policy.backoff().toMillis() / 1000.0);
    }

    private Future<Optional<Found>> updateState(String sql, Tuple parameters) {
        return database.execute(sql, parameters).map(JobStore::single);
    }
}
