package dev.nostrtrust.job;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.job.JobStore.Found;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The output of jobs, in the table {@code job_outputs}: chunks of text, appended by workers. Any thread. */
final class OutputStore {
    /** The largest number of chunks of a claim. */
    static final int MAX_CHUNKS = 10_000;

    private static final String APPEND =
            """
            WITH j AS (
                UPDATE jobs j
                SET output_count = output_count + 1, output_bytes = output_bytes + octet_length($6), lease_until = $4
                WHERE id = $1 AND state = 'running' AND fence = $2 AND worker = $3
                      AND output_count - output_start + 1 = $5 AND $5 <= $9 AND output_bytes + octet_length($6) <= $7
                      AND\s""" + JobStore.beforeDeadline("$8") + """
                RETURNING\s""" + JobStore.COLUMNS + """
            ), appended AS (
                INSERT INTO job_outputs (job_id, number, claim, text)
                SELECT id, output_count, attempts + releases, $6 FROM j)
            """ + JobStore.WITH_STANDING;

    private static final String FIND = "SELECT text FROM job_outputs WHERE job_id = $1 AND number = $2";

    // Reads up to 128 KiB, and at least one chunk.
    private static final String AFTER = """
            SELECT number, claim, text FROM (
                SELECT number, claim, text, sum(octet_length(text)) OVER (ORDER BY number) AS bytes
                FROM job_outputs WHERE job_id = $1 AND number > $2 AND number <= $2 + 256) next
            WHERE bytes <= 131072 ORDER BY number""";

    private final Database database;

    /**
     * A chunk of the output.
     *
     * @param number its number over all claims of the job, from 1
     * @param claim the number of the claim whose worker appended it, from 1
     */
    record Chunk(int number, int claim, String text) {}

    OutputStore(Database database) {
        this.database = database;
    }

    /**
     * Appends a chunk and renews the lease, if the latest claim belongs to this worker, the chunk is its next one and
     * all chunks of the claim fit into a number of bytes.
     *
     * @param seq the number of the chunk in its claim, from 1
     */
    Future<Optional<Found>> append(
            UUID id, long fence, String worker, int seq, String text, int maxBytes, Instant now, Instant leaseUntil) {
        return database.execute(
                        APPEND,
                        Tuple.tuple()
                                .addUUID(id)
                                .addLong(fence)
                                .addString(worker)
                                .addOffsetDateTime(SqlTime.of(leaseUntil))
                                .addInteger(seq)
                                .addString(text)
                                .addInteger(maxBytes)
                                .addOffsetDateTime(SqlTime.of(now))
                                .addInteger(MAX_CHUNKS))
                .map(JobStore::single);
    }

    /** Whether the chunk with this number has this text. */
    Future<Boolean> has(UUID id, int number, String text) {
        return database.execute(FIND, Tuple.of(id, number)).map(rows -> {
            for (Row row : rows) {
                return row.getString("text").equals(text);
            }
            return false;
        });
    }

    /** The chunks after a number, in order, up to a number of bytes. */
    Future<List<Chunk>> after(UUID id, int number) {
        return database.execute(AFTER, Tuple.of(id, number)).map(rows -> {
            List<Chunk> chunks = new ArrayList<>(rows.size());
            rows.forEach(row ->
                    chunks.add(new Chunk(row.getInteger("number"), row.getInteger("claim"), row.getString("text"))));
            return chunks;
        });
    }
}
