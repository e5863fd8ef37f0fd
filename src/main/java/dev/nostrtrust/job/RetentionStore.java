package dev.nostrtrust.job;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.RetentionPass;
import io.vertx.core.Future;
import java.time.InstantSource;

/** Deletes jobs that ended more than JOB_RETENTION ago, with their output. Keeps the ledger. One sweep at a time. */
final class RetentionStore {
    // OFFSET 0 makes PostgreSQL look up each id in the index, independent of the table's statistics. Locked jobs and
    // chunks are skipped, so sweeps of two nodes, or a sweep and an erasure, cannot deadlock. A job is deleted by the
    // statement after the one that deletes its last chunks.
    private static final String DELETE =
            """
            WITH seen AS MATERIALIZED (
                SELECT id, finished_at FROM jobs WHERE id > $1 AND id < $2 ORDER BY id LIMIT $4),
            due_jobs AS MATERIALIZED (
                SELECT j.id FROM seen CROSS JOIN LATERAL (
                    SELECT id FROM jobs k WHERE k.id = seen.id OFFSET 0 FOR UPDATE SKIP LOCKED) j
                WHERE seen.finished_at < $3),
            """ + ErasureStore.deleteJobs(ErasureStore.CHUNKS_PER_JOB + " * $4", "FOR UPDATE SKIP LOCKED") + """
            SELECT (SELECT count(*) FROM seen) AS seen, (SELECT id FROM seen ORDER BY id DESC LIMIT 1) AS last,
                   EXISTS (SELECT FROM due_chunks) AS remaining""";

    private final RetentionPass pass;
    private final InstantSource clock;

    RetentionStore(Database database, Settings settings, InstantSource clock) {
        this.pass = new RetentionPass(database, DELETE, settings.jobRetention(), settings.sweepBatch());
        this.clock = clock;
    }

    /**
     * Deletes up to one batch. Fails if the database does.
     *
     * @return whether more may be due
     */
    Future<Boolean> sweep() {
        return pass.sweep(clock.instant());
    }
}
