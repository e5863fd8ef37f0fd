package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LeaseTest {
    private static TestServer server;
    private static Api api;
    private static Api worker;
    private static Work work;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("SWEEP_INTERVAL", "50ms", "JOB_QUEUE_TTL", "1h"));
        api = Api.of(server);
        work = new Work(server);
        worker = work.worker();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void awaitState(String job, String state) {
        Waiting.until(() -> api.get("/api/jobs/" + job).text("state").equals(state));
    }

    @Test
    void a_lease_that_ends_puts_the_job_back_and_too_many_of_them_fail_it() {
        String job = work.order(api.as(new User().logIn(api)));
        for (int attempt = 1; attempt <= 3; attempt++) {
            assertThat(work.claim(job)).isEqualTo(attempt);
            server.clock().advance(Duration.ofSeconds(61));
            awaitState(job, attempt < 3 ? "queued" : "failed");
        }

        assertThat(api.get("/api/jobs/" + job).text("reason")).isEqualTo("platform_error");
        assertThat(work.complete(job, 3, 1).code()).isEqualTo("already_reported");
        assertThat(work.facts(job)).isZero();
    }

    @Test
    void a_worker_that_lost_its_lease_cannot_report() {
        String job = work.order(api);
        long first = work.claim(job);
        server.clock().advance(Duration.ofSeconds(61));
        awaitState(job, "queued");

        assertThat(work.complete(job, first, 1).code()).isEqualTo("job_not_running");
        long second = work.claim(job);
        assertThat(work.complete(job, first, 1).code()).isEqualTo("stale_fence");
        assertThat(work.complete(job, second, 1).status()).isEqualTo(200);
    }

    @Test
    void a_queued_job_expires_at_its_deadline() {
        String deadline = server.clock().instant().plusSeconds(30).toString();
        String job = api.post("/api/jobs", Work.ORDER.replace("}}", "},\"deadline\":\"" + deadline + "\"}"))
                .text("id");

        server.clock().advance(Duration.ofSeconds(31));
        awaitState(job, "expired");

        assertThat(worker.post("/api/jobs/" + job + "/claim").code()).isEqualTo("job_not_queued");
    }

    @Test
    void a_claim_is_exclusive_and_its_fence_is_needed() {
        String job = work.order(api);

        Answer unclaimed = work.complete(job, 1, 1);
        assertThat(unclaimed.code()).isEqualTo("stale_fence");
        assertThat(unclaimed.text("detail")).contains("The job is not claimed. Claim it");
        long fence = work.claim(job);
        assertThat(worker.post("/api/jobs/" + job + "/claim").code()).isEqualTo("job_not_queued");
        assertThat(work.complete(job, fence + 1, 1).code()).isEqualTo("stale_fence");
        assertThat(worker.post("/api/jobs/" + job + "/claim", "{\"fence\":" + fence + "}")
                        .status())
                .isEqualTo(200);
        assertThat(worker.post("/api/jobs/" + job + "/claim", "{\"fence\":" + (fence + 1) + "}")
                        .code())
                .isEqualTo("stale_fence");
    }

    @Test
    void a_claim_is_good_for_the_worker_that_made_it_and_for_no_other() {
        String job = work.order(api.as(new User().logIn(api)));
        String path = "/api/jobs/" + job;
        Api other = api.as(server.token(Scope.WORKER, "other"));
        long fence = work.claim(job);
        String report = "{\"fence\":" + fence + ",\"sats_cost\":5,\"result\":{\"text\":\"hi\"}}";
        List<Answer> foreign = List.of(
                other.post(path + "/claim", "{\"fence\":" + fence + "}"),
                other.post(path + "/complete", report),
                other.post(path + "/fail", "{\"fence\":" + fence + ",\"reason\":\"unpaid\"}"),
                other.post(path + "/cancel"));

        assertThat(foreign).allSatisfy(answer -> assertThat(answer.status() + answer.code())
                .isEqualTo("403not_owner"));
        assertThat(api.get(path).text("state")).isEqualTo("running");
        assertThat(work.facts(job)).isZero();
        assertThat(work.complete(job, fence, 5).status()).isEqualTo(200);
        assertThat(work.complete(job, fence, 5).status()).isEqualTo(200);
        assertThat(other.post(path + "/complete", report).code()).isEqualTo("not_owner");
    }

    @Test
    void a_worker_whose_claim_another_one_has_taken_over_has_a_stale_fence() {
        String job = work.order(api);
        Api other = api.as(server.token(Scope.WORKER, "other"));
        long first = work.claim(job);
        server.clock().advance(Duration.ofSeconds(61));
        awaitState(job, "queued");
        other.post("/api/jobs/" + job + "/claim");

        assertThat(work.complete(job, first, 1).code()).isEqualTo("stale_fence");
        assertThat(work.complete(job, first + 1, 1).code()).isEqualTo("not_owner");
        Api operator = api.as(server.token(Scope.OPERATOR));
        assertThat(operator.post("/api/jobs/" + job + "/cancel").text("state")).isEqualTo("cancelled");
    }

    @Test
    void a_job_without_a_deadline_of_its_own_gets_one_and_expires() {
        String job = work.order(api);
        Answer queued = api.get("/api/jobs/" + job);

        assertThat(queued.text("deadline"))
                .isEqualTo(Instant.parse(queued.text("created_at"))
                        .plus(Duration.ofHours(1))
                        .toString());
        server.clock().advance(Duration.ofHours(1));
        awaitState(job, "expired");
    }

    @Test
    void of_many_workers_that_claim_at_once_one_gets_the_job() {
        String job = work.order(api);

        List<Answer> answers = worker.postAtOnce(32, "/api/jobs/" + job + "/claim", () -> "{}");

        assertThat(answers.stream().filter(answer -> answer.status() == 200)).hasSize(1);
        assertThat(answers.stream().filter(answer -> answer.code().equals("job_not_queued")))
                .hasSize(31);
    }
}
