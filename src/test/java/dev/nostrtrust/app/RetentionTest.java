package dev.nostrtrust.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Answer;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.e2e.Work;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two servers on one database delete what ended long ago. */
class RetentionTest {
    private static final Map<String, String> SETTINGS = Map.of(
            "SWEEP_INTERVAL", "20ms",
            "SWEEP_BATCH", "2",
            "JOB_RETENTION", "2d",
            "JOB_QUEUE_TTL", "30d",
            "JOB_LEASE", "30d",
            "TOKEN_TTL", "30d");
    private static final Duration RETENTION = Duration.ofDays(2);

    private static TestServer server;
    private static TestServer other;
    private static Work work;

    @BeforeAll
    static void start() {
        DatabaseAddress database = TestDatabases.fresh();
        TestClock clock = new TestClock();
        server = TestServer.start(SETTINGS, database, clock);
        other = TestServer.start(SETTINGS, database, clock);
        work = new Work(server);
    }

    @AfterAll
    static void stop() {
        other.close();
        server.close();
    }

    private static long count(String rows) {
        return server.count("SELECT count(*) FROM " + rows);
    }

    private static String done(Api user) {
        String job = work.order(user);
        assertThat(work.complete(job, work.claim(job), 21).status()).isEqualTo(200);
        return job;
    }

    private static void append(String job, long fence, int chunks) {
        for (int seq = 1; seq <= chunks; seq++) {
            assertThat(work.worker()
                            .post(
                                    "/api/jobs/" + job + "/output",
                                    "{\"fence\":" + fence + ",\"seq\":" + seq + ",\"text\":\"hi\"}")
                            .status())
                    .isEqualTo(200);
        }
    }

    private static String status(Api api, String path) {
        Answer answer = api.get(path);
        return answer.status() + (answer.status() == 200 ? "" : answer.code());
    }

    private static String replayedHead() {
        CommandRun.Outcome outcome = ReplayFixture.replay(server.database());
        assertThat(outcome.status()).as(outcome.toString()).isZero();
        return outcome.out()
                .lines()
                .filter(line -> line.startsWith("head "))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void finished_jobs_and_ended_sessions_go_after_the_retention_and_the_ledger_stays() {
        Api api = Api.of(server);
        Api user = api.as(new User().logIn(api));
        List<String> finished = new ArrayList<>();
        String keyed = user.with("Idempotency-Key", "once")
                .post("/api/jobs", "{\"request\":{}}")
                .text("id");
        long fence = work.claim(keyed);
        append(keyed, fence, 45);
        assertThat(work.complete(keyed, fence, 21).status()).isEqualTo(200);
        finished.add(keyed);
        for (int i = 0; i < 5; i++) {
            finished.add(done(i % 2 == 0 ? api : user));
        }
        String session = user.post("/api/sessions", "{}").text("id");
        String empty = user.post("/api/sessions", "{}").text("id");
        String inSession = user.post("/api/sessions/" + session + "/requests", "{\"request\":{}}")
                .text("id");
        String running = work.order(user);
        String late = work.order(user);
        String queued = work.order(api);
        long inSessionFence = work.claim(inSession);
        work.claim(running);
        long lateFence = work.claim(late);
        for (String ended : List.of(session, empty)) {
            assertThat(user.post("/api/sessions/" + ended + "/close").status()).isEqualTo(200);
        }
        ReplayFixture.scored(server);

        server.clock().advance(RETENTION.minusHours(12));
        work = new Work(server);
        String own = "/api/jobs/";
        assertThat(work.complete(late, lateFence, 1).status()).isEqualTo(200);
        assertThat(work.complete(inSession, inSessionFence, 1).status()).isEqualTo(200);
        ReplayFixture.scored(server);
        String head = replayedHead();
        assertThat(count("jobs")).isEqualTo(finished.size() + 4);
        server.clock().advance(Duration.ofHours(13));
        Waiting.until(() -> count("jobs") == 4 && count("sessions") == 1);

        assertThat(count("job_outputs")).isZero();
        assertThat(finished)
                .allSatisfy(job -> assertThat(status(api, own + job)).isEqualTo("404job_not_found"));
        for (String kept : List.of(running, late, queued, inSession)) {
            assertThat(status(api, own + kept)).isEqualTo("200");
        }
        assertThat(status(user, "/api/sessions/" + session)).isEqualTo("200");
        assertThat(status(user, "/api/sessions/" + empty)).isEqualTo("404session_not_found");
        assertThat(replayedHead()).isEqualTo(head);
        Answer again = user.with("Idempotency-Key", "once").post("/api/jobs", "{\"request\":{}}");
        assertThat(again.status()).as("the key is forgotten with its job").isEqualTo(201);
        assertThat(again.text("id")).isNotEqualTo(keyed);

        server.clock().advance(RETENTION);
        Waiting.until(() -> count("jobs") == 3);
        server.clock().advance(Duration.ofHours(1));
        Waiting.until(() -> count("sessions") == 0);
        assertThat(status(api, own + running) + status(api, own + queued)).isEqualTo("200200");
        assertThat(replayedHead()).isEqualTo(head);
    }
}
