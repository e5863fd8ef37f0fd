package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.TestDatabases;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Attempts that fail, with the pause after them, deadlines of running jobs, and large results. */
class RetryTest {
    private static final int LIMIT = 100_000;

    private static TestServer server;
    private static Api api;
    private static Work work;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of(
                "SWEEP_INTERVAL", "20ms",
                "DATABASE_PIPELINING", "1",
                "DATABASE_LOCK_TIMEOUT", "30s",
                "DATABASE_STATEMENT_TIMEOUT", "30s",
                "JOB_QUEUE_TTL", "5m",
                "JOB_MAX_ATTEMPTS", "3",
                "JOB_RETRY_BACKOFF", "10s",
                "JOB_RESULT_LIMIT", String.valueOf(LIMIT)));
        api = Api.of(server);
        work = new Work(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static JsonNode show(String job) {
        return api.get("/api/jobs/" + job).json();
    }

    private static String state(String job) {
        return show(job).get("state").asText();
    }

    private static Answer send(String job, String action, long fence, String more) {
        return work.worker().post("/api/jobs/" + job + "/" + action, "{\"fence\":" + fence + more + "}");
    }

    private static Answer retry(String job, long fence) {
        return send(job, "fail", fence, ",\"reason\":\"worker_error\",\"error\":\"no memory\",\"retry\":true");
    }

    private static String claimCode(String job) {
        return work.worker().post("/api/jobs/" + job + "/claim").code();
    }

    @Test
    void a_failed_attempt_is_followed_by_another_one_after_a_pause_that_doubles() {
        String job = work.order(api);
        long first = work.claim(job);

        Answer failed = retry(job, first);
        assertThat(failed.text("state")).isEqualTo("queued");
        assertThat(failed.text("last_error")).isEqualTo("no memory");
        assertThat(failed.json().get("attempts").asInt()).isEqualTo(1);
        assertThat(retry(job, first).json()).isEqualTo(failed.json());
        server.clock().advance(Duration.ofSeconds(8));
        assertThat(claimCode(job)).isEqualTo("job_not_queued");
        server.clock().advance(Duration.ofSeconds(2));
        long second = work.claim(job);
        assertThat(retry(job, first).code()).isEqualTo("stale_fence");
        retry(job, second);
        server.clock().advance(Duration.ofSeconds(18));
        assertThat(claimCode(job)).isEqualTo("job_not_queued");
        server.clock().advance(Duration.ofSeconds(2));
        long last = work.claim(job);
        Answer end = retry(job, last);

        assertThat(end.text("state")).isEqualTo("failed");
        assertThat(end.text("reason")).isEqualTo("worker_error");
        assertThat(end.json().get("attempts").asInt()).isEqualTo(3);
        assertThat(retry(job, last).json()).isEqualTo(end.json());
        assertThat(show(job).get("last_error").asText()).isEqualTo("no memory");
    }

    @Test
    void a_lease_that_ends_is_a_failed_attempt_and_its_pause_wakes_a_waiting_worker() throws Exception {
        String job =
                api.post("/api/jobs", "{\"request\":{},\"queue\":\"lease\"}").text("id");
        work.claim(job);
        server.clock().advance(Duration.ofSeconds(61));
        Waiting.until(() -> state(job).equals("queued"));

        assertThat(show(job).get("last_error").asText()).isEqualTo("The lease ended without a report.");
        assertThat(claimCode(job)).isEqualTo("job_not_queued");
        assertThat(work.worker()
                        .post("/api/jobs/claim", "{\"queues\":[\"lease\"]}")
                        .json()
                        .get("jobs"))
                .isEmpty();
        server.clock().advance(Duration.ofSeconds(10));
        assertThat(work.worker()
                        .post("/api/jobs/claim", "{\"queues\":[\"lease\"],\"wait\":30}")
                        .json()
                        .get("jobs")
                        .get(0)
                        .get("id")
                        .asText())
                .isEqualTo(job);
    }

    @Test
    void workers_do_not_list_a_job_in_its_pause_and_operators_do() {
        String job = work.order(api);
        Answer failed = retry(job, work.claim(job));
        String list = "/api/jobs?state=queued&limit=1&after=" + before(job);

        assertThat(work.worker().get(list).toString()).doesNotContain(job);
        JsonNode listed = api.as(server.token(Scope.OPERATOR))
                .get(list)
                .json()
                .get("jobs")
                .get(0);
        assertThat(listed.get("id").asText()).isEqualTo(job);
        assertThat(listed.get("last_error").asText()).isEqualTo("no memory");
        assertThat(Instant.parse(listed.get("available_at").asText()))
                .isAfter(Instant.parse(failed.text("created_at")).plusSeconds(10));
        assertThat(listed.get("worker").asText()).isNotEmpty();
    }

    /** The id before that of a job. */
    private static String before(String job) {
        long low = Long.parseUnsignedLong(job.substring(24), 16) - 1;
        return job.substring(0, 24) + String.format("%012x", low);
    }

    @Test
    void only_faults_of_the_platform_are_tried_again() {
        String job = work.order(api);
        long fence = work.claim(job);

        assertThat(send(job, "fail", fence, ",\"reason\":\"unpaid\",\"retry\":true")
                        .status())
                .isEqualTo(400);
        assertThat(send(job, "fail", fence, ",\"reason\":\"worker_error\",\"retry\":true,\"sats\":1")
                        .status())
                .isEqualTo(400);
        Answer last = send(job, "fail", fence, ",\"reason\":\"worker_error\",\"error\":\"no such model\"");
        assertThat(last.text("state")).isEqualTo("failed");
        assertThat(last.text("last_error")).isEqualTo("no such model");
    }

    @Test
    void the_last_error_is_that_of_the_last_failure() {
        String job = work.order(api);
        retry(job, work.claim(job));
        server.clock().advance(Duration.ofSeconds(10));

        Answer last = work.fail(job, work.claim(job), "abuse", 1);

        assertThat(last.json().get("last_error").isNull()).isTrue();
    }

    @Test
    void a_failed_attempt_on_a_job_that_was_handed_back_is_refused() {
        String job = work.order(api);
        long fence = work.claim(job);
        send(job, "release", fence, "");

        assertThat(retry(job, fence).code()).isEqualTo("job_not_running");
    }

    @Test
    void a_job_that_a_node_with_a_fast_clock_has_created_can_be_claimed() {
        String job = work.order(api);
        server.execute("UPDATE jobs SET available_at = available_at + interval '500 ms' WHERE id = '" + job + "'");

        assertThat(work.claim(job)).isPositive();
    }

    @Test
    void a_running_job_whose_last_lease_has_ended_expires_at_its_deadline() {
        String deadline = server.clock().instant().plusSeconds(30).toString();
        String job = api.post("/api/jobs", "{\"request\":{},\"deadline\":\"" + deadline + "\"}")
                .text("id");
        work.claim(job);
        server.execute("UPDATE jobs SET attempts = 3 WHERE id = '" + job + "'");
        server.clock().advance(Duration.ofSeconds(61));

        Waiting.until(() -> !state(job).equals("running"));
        assertThat(state(job)).isEqualTo("expired");
    }

    @Test
    void a_report_that_waits_for_a_lock_decides_about_a_job_that_was_not_shown_as_expired() throws Exception {
        String deadline = server.clock().instant().plusSeconds(30).toString();
        String job = api.post("/api/jobs", "{\"request\":{},\"deadline\":\"" + deadline + "\"}")
                .text("id");
        long fence = work.claim(job);
        CompletableFuture<Answer> report;
        try (Connection lock = TestDatabases.connect(server.database());
                Statement statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            statement.execute("SELECT FROM jobs WHERE id = '" + job + "' FOR UPDATE");
            report = CompletableFuture.supplyAsync(() -> work.complete(job, fence, 5));
            Waiting.until(() -> server.count("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);
            server.clock().advance(Duration.ofSeconds(31));

            assertThat(state(job)).isEqualTo("running");
            lock.rollback();
        }
        boolean recorded = report.get(1, TimeUnit.MINUTES).status() == 200;
        assertThat(state(job)).isEqualTo(recorded ? "succeeded" : "expired");
    }

    @Test
    void a_result_may_be_escaped() {
        String job = work.order(api);
        String result = "\\u0416".repeat(LIMIT / 2 - 1);

        assertThat(send(job, "complete", work.claim(job), ",\"sats_cost\":1,\"result\":\"" + result + "\"")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void a_deadline_that_its_creator_chose_ends_a_running_job_without_a_fact() {
        String deadline = server.clock().instant().plusSeconds(30).toString();
        Api user = api.as(new User().logIn(api));
        String job = user.post("/api/jobs", "{\"request\":{},\"deadline\":\"" + deadline + "\"}")
                .text("id");
        long fence = work.claim(job);
        assertThat(send(job, "heartbeat", fence, "").status()).isEqualTo(200);
        server.clock().advance(Duration.ofSeconds(30));

        Answer heartbeat = send(job, "heartbeat", fence, "");
        assertThat(heartbeat.code()).isEqualTo("job_already_finished");
        assertThat(heartbeat.text("state")).isEqualTo("expired");
        assertThat(send(job, "complete", fence, ",\"sats_cost\":5").code()).isEqualTo("job_already_finished");
        assertThat(send(job, "output", fence, ",\"seq\":1,\"text\":\"a\"").code())
                .isEqualTo("job_already_finished");
        assertThat(user.post("/api/jobs/" + job + "/cancel").code()).isEqualTo("job_already_finished");
        Waiting.until(
                () -> server.count("SELECT count(*) FROM jobs WHERE id = '" + job + "' AND state = 'expired'") == 1);
        assertThat(show(job).get("finished_at").asText())
                .isEqualTo(show(job).get("deadline").asText());
        assertThat(work.facts(job)).isZero();
    }

    @Test
    void the_default_deadline_does_not_end_a_running_job() {
        String job = work.order(api);
        long fence = work.claim(job);
        server.execute("UPDATE jobs SET lease_until = lease_until + interval '1 hour' WHERE id = '" + job + "'");
        server.clock().advance(Duration.ofMinutes(6));

        assertThat(send(job, "heartbeat", fence, "").status()).isEqualTo(200);
        assertThat(work.complete(job, fence, 1).text("state")).isEqualTo("succeeded");
    }

    @Test
    void a_result_has_a_limit_of_its_own_and_after_a_refusal_the_worker_can_still_report() {
        String job = work.order(api);
        long fence = work.claim(job);
        String largest = ",\"sats_cost\":1,\"result\":\"" + "r".repeat(LIMIT - 2) + "\"";

        for (int over : new int[] {1, 20_000, 1_000_000}) {
            Answer refused = send(job, "complete", fence, largest.replaceFirst("rr", "r".repeat(over + 2)));
            assertThat(refused.status()).isEqualTo(413);
            assertThat(refused.code()).isEqualTo("body_too_large");
            assertThat(refused.json().get("limit").asInt()).isEqualTo(LIMIT);
        }
        Answer done = send(job, "complete", fence, largest);
        assertThat(done.status()).isEqualTo(200);
        assertThat(done.json().get("result_bytes").asInt()).isEqualTo(LIMIT);
        assertThat(send(job, "complete", fence, largest).json()).isEqualTo(done.json());
        assertThat(done.json().get("result").isNull()).isTrue();
        assertThat(show(job).get("result").asText()).hasSize(LIMIT - 2);
    }

    @Test
    void answers_with_several_jobs_leave_out_large_results() {
        Api user = api.as(new User().logIn(api));
        String small = work.order(user);
        String large = work.order(user);
        send(small, "complete", work.claim(small), ",\"sats_cost\":1,\"result\":\"" + "r".repeat(16_382) + "\"");
        String tag = api.get("/api/jobs/" + large).header("ETag").orElseThrow();
        send(large, "complete", work.claim(large), ",\"sats_cost\":1,\"result\":\"" + "r".repeat(16_383) + "\"");

        Answer whole = api.with("If-None-Match", tag).get("/api/jobs/" + large);
        assertThat(whole.text("result")).hasSize(16_383);
        assertThat(api.with("If-None-Match", whole.header("ETag").orElseThrow()).get("/api/jobs/" + large))
                .satisfies(answer -> assertThat(answer.status()).isEqualTo(304))
                .satisfies(answer -> assertThat(answer.header("ETag")).isEqualTo(whole.header("ETag")));

        JsonNode own = user.get("/api/identity/me/jobs").json().get("jobs");
        JsonNode changes = api.post(
                        "/api/jobs/changes", "{\"jobs\":{\"" + large + "\":null,\"" + small + "\":\"queued\"}}")
                .json()
                .get("jobs");
        for (JsonNode jobs : new JsonNode[] {own, changes}) {
            assertThat(jobs).hasSize(2);
            for (JsonNode job : jobs) {
                boolean isLarge = job.get("id").asText().equals(large);
                assertThat(job.get("result").isNull()).isEqualTo(isLarge);
                assertThat(job.get("result_bytes").asInt()).isEqualTo(isLarge ? 16_385 : 16_384);
            }
        }
        assertThat(api.as(server.token(Scope.OPERATOR))
                        .get("/api/jobs?state=succeeded&limit=1&after=" + before(large))
                        .json()
                        .get("jobs")
                        .get(0)
                        .get("result")
                        .isNull())
                .isTrue();
    }
}
