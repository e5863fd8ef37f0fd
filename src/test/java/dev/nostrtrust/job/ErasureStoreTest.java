package dev.nostrtrust.job;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ErasureStoreTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final InstantSource CLOCK = () -> NOW;
    private static final Settings SETTINGS =
            SettingsReader.of(Map.of("SWEEP_BATCH", "2")).settings();
    private static final int ATTEMPTS = 20;

    private static MigratedDatabase database;
    private static TestCallers callers;

    private ErasureStore erasures;

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, CLOCK);
    }

    @BeforeEach
    void create() {
        erasures = new ErasureStore(database.database(), SETTINGS, CLOCK);
    }

    @AfterEach
    void removeJobs() {
        database.sql("DELETE FROM jobs");
        sweep();
    }

    private static Caller dueAt(Instant time) {
        Caller user = callers.user();
        database.sql(
                "UPDATE nostr_identities SET erase_after = '" + time + "' WHERE pubkey = '" + user.subject() + "'");
        return user;
    }

    private static void insertJob(Caller user, boolean running) {
        String lease = running ? "'" + NOW + "'" : "NULL";
        database.sql("INSERT INTO jobs (id, nostr_pubkey, state, request, lease_until, created_at) VALUES ('"
                + UuidV7.next(NOW) + "', '" + user.subject() + "', '" + (running ? "running" : "queued") + "', '{}', "
                + lease + ", '" + NOW + "')");
    }

    private static void insertSession(Caller user) {
        database.sql("INSERT INTO sessions (id, nostr_pubkey, state, created_at, expires_at) VALUES ('"
                + UuidV7.next(NOW) + "', '" + user.subject() + "', 'open', '" + NOW + "', '" + NOW + "')");
    }

    private static long rows(String table, Caller user) {
        return database.sql("SELECT count(*) FROM " + table + " WHERE nostr_pubkey = '" + user.subject() + "'");
    }

    private static boolean isErased(Caller user) {
        return database.sql("SELECT count(*) FROM nostr_identities WHERE erased_at IS NOT NULL AND erase_after IS NULL"
                        + " AND pubkey = '" + user.subject() + "'")
                == 1;
    }

    private static long audited(Caller user) {
        return database.sql(
                "SELECT count(*) FROM audit_log WHERE actor = 'server' AND action = 'erased' AND subject = '"
                        + user.subject() + "'");
    }

    /** Sweeps until nothing is due. */
    private void sweep() {
        for (int i = 0; i < ATTEMPTS; i++) {
            if (!await(erasures.sweep())) {
                return;
            }
        }
        throw new AssertionError("a sweep always finds more");
    }

    @Test
    void an_identity_that_is_due_loses_its_jobs_and_sessions_and_keeps_its_row() {
        Caller user = dueAt(NOW);
        for (int i = 0; i < 5; i++) {
            insertJob(user, false);
            insertSession(user);
        }

        assertThat(await(erasures.sweep())).isTrue();
        assertThat(rows("jobs", user)).isEqualTo(3);
        assertThat(rows("sessions", user)).isEqualTo(5);
        sweep();

        assertThat(rows("jobs", user) + rows("sessions", user)).isZero();
        assertThat(isErased(user)).isTrue();
        assertThat(audited(user)).isEqualTo(1);
    }

    @Test
    void an_identity_that_is_not_due_keeps_everything() {
        Caller later = dueAt(NOW.plusSeconds(1));
        Caller staying = callers.user();
        insertJob(later, false);
        insertJob(staying, false);

        sweep();

        assertThat(rows("jobs", later) + rows("jobs", staying)).isEqualTo(2);
        assertThat(isErased(later) || isErased(staying)).isFalse();
    }

    @Test
    void a_running_job_delays_the_erasure() {
        Caller user = dueAt(NOW);
        insertJob(user, true);
        insertJob(user, false);
        insertSession(user);

        sweep();
        assertThat(rows("jobs", user)).isEqualTo(1);
        assertThat(rows("sessions", user)).isEqualTo(1);
        assertThat(isErased(user)).isFalse();
        database.sql("UPDATE jobs SET state = 'failed', finished_at = '" + NOW + "' WHERE nostr_pubkey = '"
                + user.subject() + "'");
        sweep();

        assertThat(rows("jobs", user) + rows("sessions", user)).isZero();
        assertThat(isErased(user)).isTrue();
    }

    @Test
    void an_identity_whose_rows_are_locked_delays_no_other_identity(Vertx vertx) throws SQLException {
        Settings hasty = SettingsReader.of(Map.of(
                        "DATABASE_LOCK_TIMEOUT", "100ms",
                        "DATABASE_STATEMENT_TIMEOUT", "30s",
                        "DATABASE_WATCH_TIMEOUT", "10s"))
                .settings();
        Database client = Database.open(vertx, database.address(), hasty, Metrics.start());
        ErasureStore sweeps = new ErasureStore(client, SETTINGS, CLOCK);
        Caller first = dueAt(NOW.minusSeconds(1));
        Caller second = dueAt(NOW);
        insertJob(first, false);
        insertJob(second, false);
        try (Connection other = TestDatabases.connect(database.address());
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT FROM jobs WHERE nostr_pubkey = '" + first.subject() + "' FOR UPDATE");

            for (int i = 0; i < ATTEMPTS && !isErased(second); i++) {
                await(sweeps.sweep().otherwise(true));
            }

            assertThat(isErased(second)).isTrue();
            assertThat(rows("jobs", first)).isEqualTo(1);
            other.rollback();
        }
        for (int i = 0; i < ATTEMPTS && !isErased(first); i++) {
            await(sweeps.sweep());
        }
        assertThat(isErased(first)).isTrue();
    }

    @Test
    void a_sweep_deletes_a_limited_number_of_chunks_and_a_job_after_its_chunks() {
        Caller user = dueAt(NOW);
        insertJob(user, false);
        database.sql(
                "INSERT INTO job_outputs (job_id, number, claim, text) SELECT id, n, 1, 'a' FROM jobs, generate_series(1, "
                        + (10 * SETTINGS.sweepBatch() + 1) + ") n WHERE nostr_pubkey = '" + user.subject() + "'");

        await(erasures.sweep());

        assertThat(rows("jobs", user)).isEqualTo(1);
        assertThat(chunks()).isEqualTo(1);
        for (int i = 0; i < ATTEMPTS && !isErased(user); i++) {
            await(erasures.sweep());
        }
        assertThat(rows("jobs", user)).isZero();
        assertThat(chunks()).isZero();
    }

    private static long chunks() {
        return database.sql("SELECT count(*) FROM job_outputs");
    }

    @Test
    void two_nodes_erase_an_identity_once() {
        Caller user = dueAt(NOW);
        insertJob(user, false);
        ErasureStore other = new ErasureStore(database.database(), SETTINGS, CLOCK);

        for (int i = 0; i < ATTEMPTS && !isErased(user); i++) {
            await(Future.join(erasures.sweep(), other.sweep()));
        }

        assertThat(rows("jobs", user)).isZero();
        assertThat(audited(user)).isEqualTo(1);
    }
}
