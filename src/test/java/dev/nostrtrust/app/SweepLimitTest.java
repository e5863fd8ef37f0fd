package dev.nostrtrust.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Work;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.job.JobService;
import dev.nostrtrust.ratelimit.RateLimiter;
import dev.nostrtrust.session.SessionService;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A sweep takes no more rows than it may, whatever plan PostgreSQL chooses: here it has only nested loops, which run a
 * subquery once for each row that they look at.
 */
class SweepLimitTest {
    private static final int BATCH = 2;
    private static final int DUE = 6;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        DatabaseAddress address = TestDatabases.fresh();
        try (var connection = TestDatabases.connect(address);
                var statement = connection.createStatement()) {
            for (String other :
                    List.of("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize", "bitmapscan")) {
                statement.execute("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_" + other
                        + " = off', current_database()); END $$");
            }
        }
        server = TestServer.start(
                Map.of("SWEEP_INTERVAL", "1h", "RATE_SWEEP_INTERVAL", "1h", "SWEEP_BATCH", String.valueOf(BATCH)),
                address,
                new TestClock());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Wiring instance() {
        return server.instance();
    }

    private static Database database() {
        return instance().database();
    }

    /** How many rows are due no more after each of two sweeps. */
    private static void sweptByTwos(Supplier<Future<Boolean>> sweep, String due) {
        assertThat(server.count(due)).isEqualTo(DUE);
        for (int left = DUE - BATCH; left > 0; left -= BATCH) {
            boolean more = TestServer.await(sweep.get());
            assertThat(server.count(due)).isEqualTo(left);
            assertThat(more).isTrue();
        }
    }

    private static void jobs() {
        Work work = new Work(server);
        for (int i = 0; i < DUE; i++) {
            work.order(Api.of(server));
        }
    }

    @Test
    void of_deadlines() {
        server.execute("DELETE FROM jobs");
        jobs();
        server.clock().advance(Duration.ofDays(1));

        sweptByTwos(() -> instance().jobs().sweep(), "SELECT count(*) FROM jobs WHERE state = 'queued'");
    }

    @Test
    void of_leases() {
        server.execute("DELETE FROM jobs");
        jobs();
        server.execute("UPDATE jobs SET state = 'running', attempts = 1, fence = 1, lease_until = created_at");

        sweptByTwos(() -> instance().jobs().sweep(), "SELECT count(*) FROM jobs WHERE state = 'running'");
    }

    @Test
    void of_sessions() {
        for (int i = 0; i < DUE; i++) {
            Api.of(server).post("/api/sessions", "{}");
        }
        server.clock().advance(Duration.ofDays(1));

        sweptByTwos(() -> instance().sessions().sweep(), "SELECT count(*) FROM sessions WHERE state = 'open'");
    }

    @Test
    void of_logins_and_counts_of_refusals() {
        server.execute("DELETE FROM logins");
        User user = new User();
        for (int i = 0; i < DUE; i++) {
            user.logIn(Api.of(server));
            server.execute("INSERT INTO refusal_counts VALUES ('" + user.pubkey() + "', 'a" + i + "', '2020-01-01')");
        }
        server.execute("UPDATE logins SET expires_at = '2020-01-01'");

        sweptByTwos(
                () -> instance().logins().sweep(),
                "SELECT CASE WHEN (SELECT count(*) FROM refusal_counts) = count(*) THEN count(*) END FROM logins");
    }

    @Test
    void of_rate_limits() {
        server.execute("INSERT INTO rate_buckets SELECT 'bucket ' || n, 0, 0 FROM generate_series(1, " + DUE + ") n");
        RateLimiter limiter = new RateLimiter(database(), instance().settings(), server.clock());

        sweptByTwos(() -> limiter.sweep(BATCH), "SELECT count(*) FROM rate_buckets WHERE key LIKE 'bucket %'");
    }

    @Test
    void of_erasures() {
        User user = new User();
        Api own = Api.of(server).as(user.logIn(Api.of(server)));
        Work work = new Work(server);
        for (int i = 0; i < DUE; i++) {
            work.order(own);
        }
        server.execute("UPDATE nostr_identities SET erase_after = '2020-01-01' WHERE pubkey = '" + user.pubkey() + "'");

        sweptByTwos(
                () -> instance().jobs().sweepErasures(),
                "SELECT count(*) FROM jobs WHERE nostr_pubkey = '" + user.pubkey() + "'");
    }

    @Test
    void of_old_jobs_and_their_output() {
        server.execute("DELETE FROM jobs");
        jobs();
        server.execute("UPDATE jobs SET state = 'succeeded', finished_at = created_at");
        server.execute("INSERT INTO job_outputs SELECT id, n, 1, 'a' FROM jobs, generate_series(1, 10) n");
        server.clock().advance(Duration.ofDays(31));
        JobService jobs = instance().jobs();

        for (int left = DUE; left > 0; left -= BATCH) {
            assertThat(server.count("SELECT count(*) FROM job_outputs")).isEqualTo(10L * left);
            assertThat(server.count("SELECT count(*) FROM jobs")).isEqualTo(left);
            assertThat(TestServer.await(jobs.sweepRetention())).isTrue();
            assertThat(server.count("SELECT count(*) FROM job_outputs")).isEqualTo(10L * (left - BATCH));
            assertThat(server.count("SELECT count(*) FROM jobs")).isEqualTo(left);
            assertThat(TestServer.await(jobs.sweepRetention())).isTrue();
        }
        assertThat(TestServer.await(jobs.sweepRetention())).isFalse();
    }

    @Test
    void of_old_sessions() {
        server.execute("DELETE FROM jobs");
        server.execute("DELETE FROM sessions");
        for (int i = 0; i < DUE; i++) {
            Api.of(server).post("/api/sessions", "{}");
        }
        server.execute("UPDATE sessions SET state = 'closed', ended_at = created_at");
        server.clock().advance(Duration.ofDays(31));
        SessionService sessions = instance().sessions();

        sweptByTwos(sessions::sweepRetention, "SELECT count(*) FROM sessions");
    }

    @Test
    void of_revoked_logins() {
        server.execute("DELETE FROM logins");
        User user = new User();
        for (int i = 0; i < DUE; i++) {
            user.logIn(Api.of(server));
        }
        server.execute("UPDATE logins SET revoked_at = '2020-01-01', expires_at = '2100-01-01'");

        sweptByTwos(() -> instance().logins().sweep(), "SELECT count(*) FROM logins");
    }
}
