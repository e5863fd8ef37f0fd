package dev.nostrtrust.job;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.job.JobRows.Found;
import dev.nostrtrust.trust.ledger.Ledger;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The table jobs as it moves from state to state. Each move is one statement: a compare-and-set together with the fact
 * that follows from it. Empty is the answer where the comparison did not hold.
 */
final class JobMoves {
    private static final String FROM_J = ") " + JobRows.WITH_STANDING;

    private static final String CLAIM = """
            WITH j AS (
                UPDATE jobs j
                SET state = 'running', fence = fence + 1, attempts = attempts + 1, worker = $2, lease_until = $4,
                    started_at = coalesce(started_at, $3)
                WHERE id = $1 AND state = 'queued' AND (deadline IS NULL OR deadline > $3)
                      AND NOT EXISTS (SELECT FROM nostr_identities i
                                      WHERE i.pubkey = j.nostr_pubkey AND i.blocked_at IS NOT NULL)
                RETURNING\s""" + JobRows.COLUMNS + FROM_J;

    private static final String RENEW = """
            WITH j AS (
                UPDATE jobs j SET lease_until = $3
                WHERE id = $1 AND state = 'running' AND fence = $2 AND worker = $4
                RETURNING\s""" + JobRows.COLUMNS + FROM_J;

    private static final String REPORT =
            """
            WITH j AS (
                UPDATE jobs j
                SET state = $3, result = $4, sats_cost = $5, sats_absorbed = $6, sats_lost = $7, reason = $8,
                    finished_at = $9
                WHERE id = $1 AND state = 'running' AND fence = $2 AND worker = $14
                RETURNING\s""" + JobRows.COLUMNS + "), fact AS (" + Ledger.INSERT_FACT + """
                SELECT 'job', id::text, nostr_pubkey, $10::text, $11::text, $12::bigint, $13::bigint, $9 FROM j
                WHERE nostr_pubkey IS NOT NULL AND $10::text IS NOT NULL)
            """ + JobRows.WITH_STANDING;

    // A claim that still holds makes the cancellation a late one; lease_until stays, and says so.
    private static final String CANCEL_OWN =
            IdentityStore.MAKER + """
            , j AS (
                UPDATE jobs j
                SET state = 'cancelled', finished_at = $3,
                    reason = CASE WHEN j.lease_until > $3 THEN 'cancelled_late' END
                FROM caller
                WHERE j.id = $4 AND j.nostr_pubkey = caller.pubkey
                      AND (j.state = 'running' OR j.state = 'queued' AND (j.deadline IS NULL OR j.deadline > $3))
                      AND caller.live AND NOT caller.blocked
                RETURNING\s""" + JobRows.COLUMNS + "), fact AS (" + Ledger.INSERT_FACT + """
                SELECT 'job', id::text, nostr_pubkey, 'failure', reason, 0, 0, $3 FROM j WHERE reason IS NOT NULL)
            SELECT j.*, caller.* FROM (SELECT) one LEFT JOIN j ON true LEFT JOIN caller ON true""";

    private static final String CANCEL = """
            WITH j AS (
                UPDATE jobs j SET state = 'cancelled', finished_at = $2
                WHERE id = $1
                      AND (state = 'running' AND ($3::text IS NULL OR worker = $3)
                           OR state = 'queued' AND (deadline IS NULL OR deadline > $2))
                RETURNING\s""" + JobRows.COLUMNS + FROM_J;

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
                RETURNING\s""" + JobRows.COLUMNS + FROM_J;

    private static final String EXPIRE = """
            WITH due AS MATERIALIZED (
                SELECT id FROM jobs WHERE state = 'queued' AND deadline <= $1
                ORDER BY deadline LIMIT $2 FOR UPDATE SKIP LOCKED),
            j AS (
                UPDATE jobs j SET state = 'expired', finished_at = deadline WHERE id IN (SELECT id FROM due)
                RETURNING\s""" + JobRows.COLUMNS + FROM_J;

    private final Database database;

    JobMoves(Database database) {
        this.database = database;
    }

    /** Hands a queued job to a worker, with a lease and the next fencing number, unless its identity is blocked. */
    Future<Optional<Found>> claim(UUID id, String worker, Instant now, Instant leaseUntil) {
        return move(CLAIM, Tuple.of(id, worker, JobRows.utc(now), JobRows.utc(leaseUntil)));
    }

    /** Prolongs the lease of the latest claim, if it is this worker's. */
    Future<Optional<Found>> renew(UUID id, long fence, String worker, Instant leaseUntil) {
        return move(RENEW, Tuple.of(id, fence, JobRows.utc(leaseUntil), worker));
    }

    /** Finishes a running job by the report of its latest claim, if that is this worker's. */
    Future<Optional<Found>> report(UUID id, long fence, String worker, JobReport report, Instant now) {
        Job.Outcome outcome = report.outcome();
        return move(
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
                        .addOffsetDateTime(JobRows.utc(now))
                        .addString(report.fact() == null ? null : report.fact().code())
                        .addString(report.fact() == null ? null : outcome.reason())
                        .addLong(report.factSats())
                        .addLong(report.absorbed())
                        .addString(worker));
    }

    /** Cancels a job for its owner. Fails where the caller may not act. */
    Future<Optional<Found>> cancelOwn(UUID id, Caller owner, Instant now) {
        return database.execute(CANCEL_OWN, IdentityStore.parameters(owner, now).addUUID(id))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    IdentityStore.check(row.getString("pubkey") == null ? null : row);
                    return row.getUUID("id") == null ? Optional.empty() : Optional.of(JobRows.found(row));
                });
    }

    /**
     * Cancels a job without a fact about the identity.
     *
     * @param worker who has to hold the claim of a running job; null for an operator, who needs none
     */
    Future<Optional<Found>> cancel(UUID id, @Nullable String worker, Instant now) {
        return move(CANCEL, Tuple.of(id, JobRows.utc(now), worker));
    }

    /** Takes jobs back whose lease has ended: to the queue, or after too many attempts to failure. */
    Future<List<Found>> endLeases(Instant now, int maxAttempts, int limit) {
        return database.execute(END_LEASES, Tuple.of(JobRows.utc(now), maxAttempts, limit, JobReport.PLATFORM_ERROR))
                .map(JobRows::all);
    }

    /** Expires queued jobs whose deadline has passed. */
    Future<List<Found>> expire(Instant now, int limit) {
        return database.execute(EXPIRE, Tuple.of(JobRows.utc(now), limit)).map(JobRows::all);
    }

    private Future<Optional<Found>> move(String sql, Tuple parameters) {
        return database.execute(sql, parameters).map(JobRows::single);
    }
}
