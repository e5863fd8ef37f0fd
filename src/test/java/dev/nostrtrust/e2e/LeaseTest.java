package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.TestServer;
import dev.nostrtrust.http.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LeaseTest {
    private static final String ORDER = "{\"request\":{\"prompt\":\"hello\"}}";
    private static TestServer server;
    private static Api api;
    private static Api worker;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("SWEEP_INTERVAL", "50ms"));
        api = Api.of(server);
        worker = api.as(server.token(Scope.WORKER));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String order(Api as) {
        Answer answer = as.post("/api/jobs", ORDER);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
        assertThat(answer.header("Location")).contains("/api/jobs/" + answer.text("id"));
        return answer.text("id");
    }

    private static long claim(String job) {
        Answer answer = worker.post("/api/jobs/" + job + "/claim");
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return answer.json().get("fence").asLong();
    }

    private static Answer complete(String job, long fence, long sats) {
        return worker.post(
                "/api/jobs/" + job + "/complete",
                "{\"fence\":" + fence + ",\"sats_cost\":" + sats + ",\"result\":{\"text\":\"hi\"}}");
    }

    private static long facts(String job) {
        return server.count("SELECT count(*) FROM trust_ledger WHERE source = 'job' AND source_id = '" + job + "'");
    }

    private static void awaitState(String job, String state) {
        Waiting.until(() -> api.get("/api/jobs/" + job).text("state").equals(state));
    }

    @Test
    void a_lease_that_ends_puts_the_job_back_and_too_many_of_them_fail_it() {
        String job = order(api.as(new User().logIn(api)));
        for (int attempt = 1; attempt <= 3; attempt++) {
            assertThat(claim(job)).isEqualTo(attempt);
            server.clock().advance(Duration.ofSeconds(61));
            awaitState(job, attempt < 3 ? "queued" : "failed");
        }

        assertThat(api.get("/api/jobs/" + job).text("reason")).isEqualTo("platform_error");
        assertThat(complete(job, 3, 1).code()).isEqualTo("already_reported");
        assertThat(facts(job)).isZero();
    }

    @Test
    void a_worker_that_lost_its_lease_cannot_report() {
        String job = order(api);
        long first = claim(job);
        server.clock().advance(Duration.ofSeconds(61));
        awaitState(job, "queued");

        assertThat(complete(job, first, 1).code()).isEqualTo("job_not_running");
        long second = claim(job);
        assertThat(complete(job, first, 1).code()).isEqualTo("stale_fence");
        assertThat(complete(job, second, 1).status()).isEqualTo(200);
    }

    @Test
    void a_queued_job_expires_at_its_deadline() {
        String deadline = server.clock().instant().plusSeconds(30).toString();
        String job = api.post("/api/jobs", ORDER.replace("}}", "},\"deadline\":\"" + deadline + "\"}"))
                .text("id");

        server.clock().advance(Duration.ofSeconds(31));
        awaitState(job, "expired");

        assertThat(worker.post("/api/jobs/" + job + "/claim").code()).isEqualTo("job_not_queued");
    }

    @Test
    void a_claim_is_exclusive_and_its_fence_is_needed() {
        String job = order(api);

        assertThat(complete(job, 1, 1).code()).isEqualTo("stale_fence");
        long fence = claim(job);
        assertThat(worker.post("/api/jobs/" + job + "/claim").code()).isEqualTo("job_not_queued");
        assertThat(complete(job, fence + 1, 1).code()).isEqualTo("stale_fence");
        assertThat(worker.post("/api/jobs/" + job + "/claim", "{\"fence\":" + fence + "}")
                        .status())
                .isEqualTo(200);
        assertThat(worker.post("/api/jobs/" + job + "/claim", "{\"fence\":" + (fence + 1) + "}")
                        .code())
                .isEqualTo("stale_fence");
    }

    @Test
    void of_many_workers_that_claim_at_once_one_gets_the_job() {
        String job = order(api);

        List<Answer> answers = worker.postAtOnce(32, "/api/jobs/" + job + "/claim", () -> "{}");

        assertThat(answers.stream().filter(answer -> answer.status() == 200)).hasSize(1);
        assertThat(answers.stream().filter(answer -> answer.code().equals("job_not_queued")))
                .hasSize(31);
    }
}
