package dev.nostrtrust.job;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.db.UuidV7;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Erases identities whose erasure is due: deletes their jobs, with requests and results, and their sessions. Does not
 * delete a running job: the erasure ends after the report of the job, so that its fact is recorded. Keeps the row of
 * the public key in nostr_identities, the entries in the ledger, and the audit log. The end of an erasure is a fact, so
 * that consumers learn of it. One sweep at a time.
 */
final class ErasureStore {
    // Each statement handles one identity and a limited number of its rows. No new rows appear: the request for erasure
    // ended all logins, and a later login cancels the erasure. The rows are selected before any is deleted, so that two
    // nodes with the same rows never both find none. They are selected in index order, so that the cost of a batch does
    // not depend on the number of rows of the identity. An identity with running jobs only is not due. A job that is
    // claimed after the snapshot stays, because PostgreSQL checks its row again after the lock.
    private static final String ERASE = """
            WITH due AS MATERIALIZED (
                SELECT i.pubkey FROM nostr_identities i
                WHERE i.erase_after <= $1
                      AND (EXISTS (SELECT FROM jobs j WHERE j.nostr_pubkey = i.pubkey AND j.state <> 'running')
                           OR NOT EXISTS (SELECT FROM jobs j WHERE j.nostr_pubkey = i.pubkey))
                ORDER BY i.erase_after LIMIT 1 OFFSET $3 FOR NO KEY UPDATE SKIP LOCKED),
            due_jobs AS MATERIALIZED (
                SELECT j.id FROM due CROSS JOIN LATERAL (
                    SELECT id FROM jobs WHERE nostr_pubkey = due.pubkey AND state <> 'running' ORDER BY id LIMIT $2) j),
            due_sessions AS MATERIALIZED (
                SELECT s.id FROM due CROSS JOIN LATERAL (
                    SELECT id FROM sessions WHERE nostr_pubkey = due.pubkey ORDER BY id LIMIT $2) s
                WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.nostr_pubkey = due.pubkey)),
            """ + deleteJobs("$5", "") + """
            , deleted_sessions AS (DELETE FROM sessions WHERE id IN (SELECT id FROM due_sessions)),
            erased AS (
                UPDATE nostr_identities i SET erase_after = NULL, erased_at = $1 FROM due
                WHERE i.pubkey = due.pubkey
                      AND NOT EXISTS (SELECT FROM jobs j WHERE j.nostr_pubkey = due.pubkey)
                      AND NOT EXISTS (SELECT FROM due_sessions)
                RETURNING i.pubkey),
            fact AS (
                INSERT INTO trust_ledger (source, source_id, pubkey, kind, occurred_at)
                SELECT 'erasure', $4, pubkey, 'erase', $1 FROM erased),
            audited AS (
                INSERT INTO audit_log (actor, action, subject) SELECT 'server', 'erased', pubkey FROM erased)
            SELECT EXISTS (SELECT FROM due) AS more""";

    /**
     * The part of a statement that deletes the jobs in {@code due_jobs} and their output, but no running job. A job
     * with output is deleted by a later statement than its last chunks.
     *
     * @param chunks most chunks to delete, an expression
     * @param lock the locking clause of the chunks to delete; may be empty
     */
    static String deleteJobs(String chunks, String lock) {
        return """
            due_chunks AS MATERIALIZED (
                SELECT job_id, number FROM due_jobs CROSS JOIN LATERAL (
                    SELECT job_id, number FROM job_outputs WHERE job_id = due_jobs.id
                    ORDER BY number LIMIT %1$s %2$s) c
                LIMIT %1$s),
            deleted_outputs AS (
                DELETE FROM job_outputs o USING due_chunks c WHERE o.job_id = c.job_id AND o.number = c.number),
            deleted_jobs AS (
                DELETE FROM jobs j WHERE id IN (SELECT id FROM due_jobs) AND state <> 'running'
                      AND NOT EXISTS (SELECT FROM job_outputs o WHERE o.job_id = j.id))
            """.formatted(chunks, lock);
    }

    /** A chunk is far smaller than a job, so a sweep deletes this many chunks per job of SWEEP_BATCH. */
    static final int CHUNKS_PER_JOB = 10;

    private final Database database;
    private final Settings settings;
    private final InstantSource clock;
    private int skipped;

    ErasureStore(Database database, Settings settings, InstantSource clock) {
        this.database = database;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Deletes one batch. Fails if the database does. The next sweeps skip an identity that failed, so that it does not
     * block others, until a sweep finds no more.
     *
     * @return whether more may be due
     */
    Future<Boolean> sweep() {
        Instant now = clock.instant();
        Tuple parameters = Tuple.of(
                SqlTime.of(now),
                settings.sweepBatch(),
                skipped,
                UuidV7.next(now).toString(),
                CHUNKS_PER_JOB * settings.sweepBatch());
        return database.execute(ERASE, parameters)
                .map(rows -> rows.iterator().next().getBoolean("more"))
                .onFailure(failure -> skipped++)
                .onSuccess(more -> skipped = more ? skipped : 0);
    }
}
