package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Workers that claim the next jobs of their queues, and wait for them. Each test has a queue of its own. */
class ClaimTest {
    private static TestServer server;
    private static Api api;
    private static Api worker;

    private String queue = "";

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("SWEEP_INTERVAL", "20ms", "JOB_RETRY_BACKOFF", "1ms"));
        api = Api.of(server);
        worker = api.as(server.token(Scope.WORKER));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void newQueue() {
        Waiting.until(() -> server.waiting() == 0);
        queue = UUID.randomUUID().toString();
    }

    private String order() {
        return order(api);
    }

    private String order(Api as) {
        return as.post("/api/jobs", "{\"request\":{},\"queue\":\"" + queue + "\"}")
                .text("id");
    }

    private Answer claim(int max, int wait) {
        Answer answer = api.as(server.token(Scope.WORKER)).post("/api/jobs/claim", body(max, wait));
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return answer;
    }

    private String body(int max, int wait) {
        return "{\"queues\":[\"" + queue + "\"],\"max\":" + max + ",\"wait\":" + wait + "}";
    }

    private static List<String> ids(Answer answer) {
        List<String> ids = new ArrayList<>();
        for (JsonNode job : answer.json().get("jobs")) {
            ids.add(job.get("id").asText());
        }
        return ids;
    }

    /** Begins to wait for a job, and returns when the server knows it. */
    private CompletableFuture<Answer> waiting() {
        int before = server.waiting();
        CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> claim(1, 30));
        Waiting.until(() -> server.waiting() > before);
        return answer;
    }

    private static List<String> end(CompletableFuture<Answer> answer) throws Exception {
        return ids(answer.get(3, TimeUnit.MINUTES));
    }

    private static String state(String job) {
        return api.get("/api/jobs/" + job).text("state");
    }

    @Test
    void the_oldest_jobs_of_the_queues_are_claimed_first() {
        List<String> jobs = List.of(order(), order(), order());
        String first = queue;
        newQueue();
        String other = order();

        Answer two = worker.post("/api/jobs/claim", "{\"queues\":[\"" + first + "\",\"" + queue + "\"],\"max\":2}");
        assertThat(ids(two)).containsExactlyElementsOf(jobs.subList(0, 2));
        JsonNode claimed = two.json().get("jobs").get(0);
        assertThat(claimed.get("state").asText()).isEqualTo("running");
        assertThat(claimed.get("queue").asText()).isEqualTo(first);
        assertThat(claimed.get("fence").asLong()).isPositive();
        assertThat(claimed.get("lease_until").asText()).isNotEmpty();
        assertThat(ids(claim(100, 0))).containsExactly(other);
        assertThat(ids(claim(100, 0))).isEmpty();
        assertThat(worker.post(
                                "/api/jobs/" + jobs.get(0) + "/complete",
                                "{\"fence\":" + claimed.get("fence") + ",\"sats_cost\":0}")
                        .text("state"))
                .isEqualTo("succeeded");
    }

    @Test
    void without_queues_a_worker_serves_the_default_one() {
        String elsewhere = order();
        String job = api.post("/api/jobs", "{\"request\":{}}").text("id");

        List<String> claimed = ids(worker.post("/api/jobs/claim", "{\"max\":100}"));

        assertThat(claimed).contains(job).doesNotContain(elsewhere);
        assertThat(api.get("/api/jobs/" + job).text("queue")).isEqualTo("default");
    }

    @Test
    void jobs_of_blocked_identities_and_expired_ones_are_passed_over() {
        User user = new User();
        String blocked = order(api.as(user.logIn(api)));
        api.as(server.token(Scope.OPERATOR)).post("/api/trust/" + user.pubkey() + "/block");
        String expired = api.post(
                        "/api/jobs",
                        "{\"request\":{},\"queue\":\"" + queue + "\",\"deadline\":\""
                                + server.clock().instant().plusSeconds(1) + "\"}")
                .text("id");
        server.clock().advance(Duration.ofSeconds(2));
        String job = order();

        assertThat(ids(claim(10, 0))).containsExactly(job).doesNotContain(blocked, expired);
    }

    @Test
    void a_waiting_worker_gets_the_next_job() throws Exception {
        CompletableFuture<Answer> waiting = waiting();

        String job = order();

        assertThat(end(waiting)).containsExactly(job);
    }

    @Test
    void after_the_wait_there_are_no_jobs() {
        assertThat(ids(claim(5, 1))).isEmpty();
    }

    @Test
    void of_waiting_workers_the_one_that_has_waited_longest_is_first() throws Exception {
        List<CompletableFuture<Answer>> all = List.of(waiting(), waiting(), waiting());

        for (CompletableFuture<Answer> first : all) {
            String job = order();
            assertThat(end(first)).containsExactly(job);
        }
    }

    @Test
    void jobs_that_come_together_serve_all_waiting_workers() throws Exception {
        List<CompletableFuture<Answer>> all = List.of(waiting(), waiting(), waiting());

        List<String> jobs = List.of(order(), order(), order());

        List<String> claimed = new ArrayList<>();
        for (CompletableFuture<Answer> one : all) {
            claimed.addAll(end(one));
        }
        assertThat(claimed).containsExactlyInAnyOrderElementsOf(jobs);
    }

    @Test
    void a_worker_that_went_away_while_waiting_gets_nothing() throws Exception {
        RawConnection gone = rawClaim();
        Waiting.until(() -> server.waiting() == 1);
        gone.close();
        Waiting.until(() -> server.waiting() == 0);

        String job = order();

        assertThat(state(job)).isEqualTo("queued");
        assertThat(ids(claim(1, 0))).containsExactly(job);
    }

    private RawConnection rawClaim() throws IOException {
        String body = body(1, 30);
        return RawConnection.to(server.port())
                .send("POST /api/jobs/claim HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                        + server.token(Scope.WORKER) + "\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body);
    }

    @Test
    void a_job_that_is_handed_back_is_claimed_again_at_once_and_the_attempt_does_not_count() throws Exception {
        String job = order();
        JsonNode claimed = claim(1, 0).json().get("jobs").get(0);
        String release = "/api/jobs/" + job + "/release";
        String fence = "{\"fence\":" + claimed.get("fence") + "}";
        Answer other = api.as(server.token(Scope.WORKER, "other")).post(release, fence);
        CompletableFuture<Answer> waiting = waiting();

        Answer released = worker.post(release, fence);

        assertThat(other.code()).isEqualTo("not_owner");
        assertThat(released.text("state")).isEqualTo("queued");
        assertThat(released.json().get("started_at").isNull()).isTrue();
        JsonNode again = waiting.get(3, TimeUnit.MINUTES).json().get("jobs").get(0);
        assertThat(again.get("id").asText()).isEqualTo(job);
        assertThat(again.get("attempts").asInt()).isEqualTo(1);
        assertThat(again.get("fence").asLong())
                .isGreaterThan(claimed.get("fence").asLong());
        assertThat(worker.post(release, fence).code()).isEqualTo("stale_fence");
    }

    @Test
    void a_heartbeat_extends_the_lease_and_shows_progress_to_polls_and_streams() throws Exception {
        String job = order();
        JsonNode claimed = claim(1, 0).json().get("jobs").get(0);
        String path = "/api/jobs/" + job;
        String tag = api.get(path).header("ETag").orElseThrow();
        CompletableFuture<Answer> poll = CompletableFuture.supplyAsync(
                () -> api.with("If-None-Match", tag).get(path + "?wait=30"));
        try (EventSource stream = EventSource.open(server, path)) {
            Waiting.until(() -> stream.events().size() == 1);

            Answer beaten = heartbeat(worker, path, claimed, ",\"progress\":{\"percent\":40}");

            assertThat(beaten.json().at("/progress/percent").asInt()).isEqualTo(40);
            assertThat(poll.get(3, TimeUnit.MINUTES)
                            .json()
                            .at("/progress/percent")
                            .asInt())
                    .isEqualTo(40);
            Waiting.until(() -> stream.events().size() == 2);
            assertThat(stream.events().get(0).type()).isEqualTo("job");
            assertThat(stream.events().get(1).type()).isEqualTo("progress");
            assertThat(stream.events().get(1).data().toString()).isEqualTo("{\"progress\":{\"percent\":40}}");
            server.clock().advance(Duration.ofSeconds(30));
            Answer later = heartbeat(worker, path, claimed, "");
            assertThat(later.json().at("/progress/percent").asInt()).isEqualTo(40);
            assertThat(later.text("lease_until"))
                    .isGreaterThan(claimed.get("lease_until").asText());
        }
    }

    @Test
    void a_heartbeat_of_another_worker_with_too_much_or_of_a_finished_job_is_refused() {
        String path = "/api/jobs/" + order();
        JsonNode claimed = claim(1, 0).json().get("jobs").get(0);
        String large = ",\"progress\":\"" + "p".repeat(4_095) + "\"";

        assertThat(heartbeat(api.as(server.token(Scope.WORKER, "other")), path, claimed, "")
                        .code())
                .isEqualTo("not_owner");
        assertThat(heartbeat(worker, path, claimed, large)
                        .json()
                        .at("/violations/0/field")
                        .asText())
                .isEqualTo("progress");
        api.as(server.token(Scope.OPERATOR)).post(path + "/cancel");
        Answer ended = heartbeat(worker, path, claimed, "");
        assertThat(ended.code()).isEqualTo("job_already_finished");
        assertThat(ended.text("state")).isEqualTo("cancelled");
    }

    @Test
    void a_new_claim_begins_without_progress() {
        String path = "/api/jobs/" + order();
        JsonNode claimed = claim(1, 0).json().get("jobs").get(0);
        heartbeat(worker, path, claimed, ",\"progress\":1");

        worker.post(path + "/release", "{\"fence\":" + claimed.get("fence") + "}");

        assertThat(claim(1, 0).json().at("/jobs/0/progress").isNull()).isTrue();
    }

    private static Answer heartbeat(Api as, String path, JsonNode claimed, String more) {
        return as.post(path + "/heartbeat", "{\"fence\":" + claimed.get("fence") + more + "}");
    }

    @Test
    @Tag("full")
    void of_a_late_worker_and_a_new_one_one_completes_the_job() throws Exception {
        User user = new User();
        int lateWins = 0;
        for (int i = 0; i < 200; i++) {
            Api other = api.as(server.token(Scope.WORKER, "other"));
            String job = order(api.as(user.logIn(api)));
            JsonNode late = claim(1, 0).json().get("jobs").get(0);
            server.clock().advance(Duration.ofSeconds(61));
            CompletableFuture<Answer> lateReport =
                    CompletableFuture.supplyAsync(() -> complete(api.as(server.token(Scope.WORKER)), job, late));

            // None if the late report came before the end of the lease was seen.
            JsonNode jobs = other.post("/api/jobs/claim", body(1, 1)).json().get("jobs");
            int newStatus =
                    jobs.isEmpty() ? 0 : complete(other, job, jobs.get(0)).status();
            Answer lateAnswer = lateReport.get(3, TimeUnit.MINUTES);

            lateWins += lateAnswer.status() == 200 ? 1 : 0;
            if (lateAnswer.status() == 200) {
                assertThat(newStatus).isZero();
            } else {
                assertThat(newStatus).isEqualTo(200);
                assertThat(lateAnswer.code()).isIn("stale_fence", "job_not_running", "already_reported", "not_owner");
            }
            assertThat(server.count("SELECT count(*) FROM trust_ledger WHERE source_id = '" + job + "'"))
                    .isEqualTo(1);
        }
        System.out.printf("200 races: the late worker completed %d jobs, the new one the others%n", lateWins);
    }

    private static Answer complete(Api as, String job, JsonNode claimed) {
        return as.post("/api/jobs/" + job + "/complete", "{\"fence\":" + claimed.get("fence") + ",\"sats_cost\":1}");
    }

    @Test
    void a_wrong_question_is_refused_with_every_field() {
        Answer answer = worker.post("/api/jobs/claim", "{\"queues\":[],\"max\":101,\"wait\":31,\"worker\":\"me\"}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().get("violations").findValuesAsText("field"))
                .containsExactlyInAnyOrder("queues", "max", "wait", "worker");
        assertThat(api.post("/api/jobs", "{\"request\":{},\"queue\":\"\"}").code())
                .isEqualTo("invalid_request");
        assertThat(api.post("/api/jobs", "{\"request\":{},\"queue\":\"" + "q".repeat(65) + "\"}")
                        .code())
                .isEqualTo("invalid_request");
    }
}
