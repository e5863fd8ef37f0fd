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
    // Steps get smaller so that fences stay below 2^53, the limit of numbers in JavaScript.
    private static final String CLAIM = """
            WITH j AS (
                UPDATE jobs j
                SET state = 'running', fence = fence + least($5, greatest(1, (9007199254740991 - fence) / 1024)),
                    attempts = attempts + 1, worker = $2,
                    progress = NULL, lease_until = $4,
                    started_at = coalesce(started_at, $3)
                WHERE id = $1 AND state = 'queued' AND (deadline IS NULL OR deadline > $3)
                      AND NOT EXISTS (SELECT FROM nostr_identities i
                                      WHERE i.pubkey = j.nostr_pubkey AND i.blocked_at IS NOT NULL)
                RETURNING\s""" + JobStore.COLUMNS + JobStore.FROM_J;

    // The order of ids is the order of creation, and the index has it for each queue. Rows that another claim holds are
    // skipped.
    private static final String CLAIM_NEXT = """
            WITH due AS MATERIALIZED (
                SELECT next.id FROM unnest($1::text[]) AS served (queue)
                CROSS JOIN LATERAL (
                    SELECT j.id FROM jobs j
                    WHERE j.state = 'queued' AND j.queue = served.queue AND (j.deadline IS NULL OR j.deadline > $3)
                          AND NOT EXISTS (SELECT FROM nostr_identities i
                                          WHERE i.pubkey = j.nostr_pubkey AND i.blocked_at IS NOT NULL)
                    ORDER BY j.id LIMIT $2 FOR UPDATE OF j SKIP LOCKED) next
                ORDER BY next.id LIMIT $2),
            j AS (
                UPDATE jobs j
                SET state = 'running', fence = fence + least($6, greatest(1, (9007199254740991 - fence) / 1024)),
                    attempts = attempts + 1, worker = $5,
                    progress = NULL, lease_until = $4,
                    started_at = coalesce(started_at, $3)
                WHERE id IN (SELECT id FROM due)
                RETURNING\s""" + JobStore.COLUMNS + JobStore.FROM_J + " ORDER BY j.id";

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
                WHERE id = $1 AND state = 'running' AND fence = $2 AND worker = $4
                RETURNING\s""" + JobStore.COLUMNS + JobStore.FROM_J;

    private static final String REPORT =
            """
            WITH j AS (
                UPDATE jobs j
                SET state = $3, result = $4, sats_cost = $5, sats_absorbed = $6, sats_lost = $7, reason = $8,
                    finished_at = $9
                WHERE id = $1 AND state = 'running' AND fence = $2 AND worker = $14
                RETURNING\s""" + JobStore.COLUMNS + "), fact AS (" + Ledger.INSERT_FACT + """
                SELECT 'job', id::text, nostr_pubkey, $10::text, $11::text, $12::bigint, $13::bigint, $9 FROM j
                WHERE nostr_pubkey IS NOT NULL AND $10::text IS NOT NULL)
            """ + JobStore.WITH_STANDING;

    private static final String END_LEASES = """
            WITH due AS MATERIALIZED (
                SELECT id FROM jobs WHERE state = 'running' AND lease_until <= $1
                ORDER BY lease_until LIMIT $3 FOR UPDATE SKIP LOCKED),
            j AS (
                UPDATE jobs j
                SET state = CASE WHEN attempts < $2 THEN 'queued' ELSE 'failed' END,
                    lease_until = CASE WHEN attempts >= $2 THEN lease_until END,
                    finished_at = CASE WHEN attempts >= $2 THEN $1::timestamptz END,
                    reason = CASE WHEN attempts >= $2 THEN $4::text END
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

    /** Claims the oldest jobs of these queues for a worker, up to a number, without those of blocked identities. */
    Future<List<Found>> claimNext(
            List<String> queues, int max, String worker, Instant now, Instant leaseUntil, long fenceStep) {
        Object names = queues.toArray(String[]::new);
        return database.execute(
                        CLAIM_NEXT, Tuple.of(names, max, SqlTime.of(now), SqlTime.of(leaseUntil), worker, fenceStep))
                .map(JobStore::all);
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
    Future<Optional<Found>> renew(UUID id, long fence, String worker, Instant leaseUntil, @Nullable String progress) {
        return updateState(RENEW, Tuple.of(id, fence, SqlTime.of(leaseUntil), worker, progress));
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
                        .addString(worker));
    }

    /** Ends expired leases: the job returns to the queue, or fails after the last attempt. */
    Future<List<Found>> endLeases(Instant now, int maxAttempts, int limit) {
        return database.execute(END_LEASES, Tuple.of(SqlTime.of(now), maxAttempts, limit, JobReport.PLATFORM_ERROR))
                .map(JobStore::all);
    }

    private Future<Optional<Found>> updateState(String sql, Tuple parameters) {
        return database.execute(sql, parameters).map(JobStore::single);
    }
}
