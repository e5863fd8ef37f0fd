package dev.nostrtrust.job;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestDatabases;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class RetentionStoreTest {
    private static final Duration RETENTION = Duration.ofDays(10);
    private static final Duration PAUSE = Duration.ofHours(1);
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
    private static final Instant OLD = NOW.minus(RETENTION).minusSeconds(1);
    private static final int BATCH = 2;
    private static final int ATTEMPTS = 50;
    private static final Settings SETTINGS = SettingsReader.of(
                    Map.of("SWEEP_BATCH", String.valueOf(BATCH), "JOB_RETENTION", "10d"))
            .settings();

    private static MigratedDatabase database;

    private Instant now = NOW;
    private RetentionStore retention;

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
    }

    @BeforeEach
    void create() {
        retention = newStore();
    }

    @AfterEach
    void removeJobs() {
        database.sql("DELETE FROM jobs");
    }

    private RetentionStore newStore() {
        return new RetentionStore(database.database(), SETTINGS, () -> now);
    }

    private static UUID insertJob(String state, Instant createdAt, Instant finishedAt) {
        UUID id = UuidV7.next(createdAt);
        boolean isFinal = JobState.of(state).isFinal();
        database.sql("INSERT INTO jobs (id, state, request, lease_until, created_at, finished_at) VALUES ('" + id
                + "', '"
                + state + "', '{}', " + (state.equals("running") ? "'" + finishedAt + "'" : "NULL") + ", '" + createdAt
                + "', " + (isFinal ? "'" + finishedAt + "'" : "NULL") + ")");
        return id;
    }

    private static UUID insertOld() {
        return insertJob("succeeded", OLD, OLD);
    }

    private static void insertChunks(UUID job, int number) {
        database.sql("INSERT INTO job_outputs (job_id, number, claim, text) SELECT '" + job
                + "', n, 1, 'a' FROM generate_series(1, " + number + ") n");
    }

    private static boolean exists(UUID job) {
        return database.sql("SELECT count(*) FROM jobs WHERE id = '" + job + "'") == 1;
    }

    private static long jobs() {
        return database.sql("SELECT count(*) FROM jobs");
    }

    private static long chunks() {
        return database.sql("SELECT count(*) FROM job_outputs");
    }

    /** Sweeps until nothing is due. */
    private void sweep() {
        for (int i = 0; i < ATTEMPTS; i++) {
            if (!await(retention.sweep())) {
                return;
            }
        }
        throw new AssertionError("a sweep always finds more");
    }

    @Test
    void jobs_of_every_final_state_are_deleted_after_the_retention() {
        for (String state : new String[] {"succeeded", "failed", "cancelled", "expired", "succeeded"}) {
            insertJob(state, OLD, OLD);
        }

        assertThat(await(retention.sweep())).isTrue();
        assertThat(jobs()).isEqualTo(3);
        sweep();

        assertThat(jobs()).isZero();
    }

    @Test
    void a_job_stays_until_the_retention_after_its_end_has_passed() {
        UUID recent = insertJob("succeeded", OLD, NOW.minus(RETENTION));

        sweep();
        assertThat(exists(recent)).isTrue();
        now = NOW.plus(PAUSE);
        sweep();

        assertThat(exists(recent)).isFalse();
    }

    @Test
    void queued_and_running_jobs_stay_however_old_they_are() {
        UUID queued = insertJob("queued", OLD, OLD);
        UUID running = insertJob("running", OLD, OLD);
        UUID finished = insertOld();

        sweep();

        assertThat(exists(queued) && exists(running)).isTrue();
        assertThat(exists(finished)).isFalse();
    }

    @Test
    void jobs_that_are_not_due_are_read_once_in_a_pass() {
        for (int i = 0; i < 5; i++) {
            insertJob("succeeded", OLD, NOW);
        }
        sweep();
        UUID due = insertOld();

        now = NOW.plus(PAUSE).minusSeconds(1);
        assertThat(await(retention.sweep())).isFalse();
        assertThat(exists(due)).as("read between two passes").isTrue();
        now = NOW.plus(PAUSE);
        sweep();

        assertThat(exists(due)).isFalse();
        assertThat(jobs()).isEqualTo(5);
    }

    @Test
    void output_is_deleted_in_batches_and_before_its_job() {
        UUID job = insertOld();
        UUID other = insertOld();
        insertChunks(job, 10 * BATCH + 1);

        await(retention.sweep());

        assertThat(exists(job)).isTrue();
        assertThat(chunks()).isEqualTo(1);
        assertThat(exists(other)).isFalse();
        sweep();
        assertThat(jobs()).isZero();
        assertThat(chunks()).isZero();
    }

    @Test
    void a_locked_job_is_skipped_and_deleted_by_a_later_pass() throws SQLException {
        UUID locked = insertOld();
        UUID free = insertOld();
        try (Connection other = TestDatabases.connect(database.address());
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT FROM jobs WHERE id = '" + locked + "' FOR UPDATE");

            sweep();

            assertThat(exists(locked)).isTrue();
            assertThat(exists(free)).isFalse();
            other.rollback();
        }
        now = NOW.plus(PAUSE);
        sweep();
        assertThat(exists(locked)).isFalse();
    }

    @Test
    void a_locked_chunk_of_output_is_skipped_and_deleted_with_its_job_by_a_later_pass() throws SQLException {
        UUID locked = insertOld();
        insertChunks(locked, 3);
        try (Connection other = TestDatabases.connect(database.address());
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT FROM job_outputs WHERE number = 2 FOR UPDATE");

            sweep();

            assertThat(exists(locked)).isTrue();
            assertThat(chunks()).isEqualTo(1);
            other.rollback();
        }
        now = NOW.plus(PAUSE);
        sweep();
        assertThat(jobs() + chunks()).isZero();
    }

    @Test
    void sweeps_of_two_nodes_delete_the_same_jobs_without_an_error() {
        for (int i = 0; i < 30; i++) {
            insertChunks(insertOld(), 5);
        }
        RetentionStore other = newStore();

        for (int i = 0; i < 10 * ATTEMPTS && jobs() > 0; i++) {
            await(Future.join(retention.sweep(), other.sweep()));
            now = now.plus(PAUSE);
        }

        assertThat(jobs() + chunks()).isZero();
    }

    @Test
    void a_batch_that_fails_is_tried_again_in_smaller_parts() {
        database.sql("CREATE FUNCTION one_job_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " IF (SELECT count(*) FROM gone) > 1 THEN RAISE EXCEPTION 'too many'; END IF; RETURN NULL; END $$");
        database.sql("CREATE TRIGGER one_job_at_a_time AFTER DELETE ON jobs REFERENCING OLD TABLE AS gone"
                + " FOR EACH STATEMENT EXECUTE FUNCTION one_job_at_a_time()");
        try {
            for (int i = 0; i < 3; i++) {
                insertOld();
            }

            assertThatThrownBy(() -> await(retention.sweep())).hasMessageContaining("too many");
            await(retention.sweep());

            assertThat(jobs()).isEqualTo(2);
        } finally {
            database.sql("DROP FUNCTION one_job_at_a_time CASCADE");
        }
        sweep();
        assertThat(jobs()).isZero();
    }
}
