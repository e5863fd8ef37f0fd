package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.TestServer;
import java.time.Duration;
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
        server = TestServer.start(Map.of("SWEEP_INTERVAL", "50ms"));
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
        assertThat(unclaimed.text("detail")).contains("Nobody has claimed the job");
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
    void of_many_workers_that_claim_at_once_one_gets_the_job() {
        String job = work.order(api);

        List<Answer> answers = worker.postAtOnce(32, "/api/jobs/" + job + "/claim", () -> "{}");

        assertThat(answers.stream().filter(answer -> answer.status() == 200)).hasSize(1);
        assertThat(answers.stream().filter(answer -> answer.code().equals("job_not_queued")))
                .hasSize(31);
    }
}
