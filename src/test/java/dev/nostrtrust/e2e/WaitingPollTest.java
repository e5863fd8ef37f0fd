package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** LongPoll that wait are answered by what happens, not by the clock: they wait for longer than a test may take. */
class WaitingPollTest {
    private static final String LONG = "?wait=55";

    private static TestServer server;
    private static Api api;
    private static Work work;

    @BeforeAll
    static void start() {
        // The database takes far fewer statements at once than there are longPoll to wake.
        server = TestServer.start(Map.of(
                "HTTP_IN_FLIGHT", "64",
                "HTTP_WAITING", "80",
                "HTTP_WAITING_PER_ADDRESS", "2",
                "TRUSTED_PROXIES", "127.0.0.1",
                "DATABASE_CONNECTIONS", "1",
                "DATABASE_PIPELINING", "1",
                "DATABASE_QUEUE", "8"));
        api = Api.of(server);
        work = new Work(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static CompletableFuture<Answer> begin(Supplier<Answer> poll) {
        int before = server.waiting();
        CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(poll, task -> new Thread(task).start());
        Waiting.until(() -> server.waiting() > before || answer.isDone());
        return answer;
    }

    private static Answer end(CompletableFuture<Answer> answer) throws Exception {
        return answer.get(50, TimeUnit.SECONDS);
    }

    @Test
    void a_poll_that_waits_is_answered_when_the_job_changes() throws Exception {
        String job = work.order(api);

        CompletableFuture<Answer> waiting = begin(() -> api.get("/api/jobs/" + job + LONG));
        assertThat(waiting).isNotDone();
        long fence = work.claim(job);
        assertThat(end(waiting).text("state")).isEqualTo("running");

        CompletableFuture<Answer> waitingAgain = begin(() -> api.get("/api/jobs/" + job + LONG));
        work.complete(job, fence, 5);
        assertThat(end(waitingAgain).text("state")).isEqualTo("succeeded");
        assertThat(end(waitingAgain).text("trust_tier")).isEqualTo("anonymous");
    }

    @Test
    void tags_that_proxies_have_rewritten_wait_like_the_original() throws Exception {
        String job = work.order(api);
        String tag = api.get("/api/jobs/" + job).header("ETag").orElseThrow();
        String open = tag.substring(0, tag.length() - 1);
        List<CompletableFuture<Answer>> waiting = new ArrayList<>();
        for (String known : List.of(open + "-gzip\"", "W/" + open + "-gzip\"", open + ";gzip\"", open + "-br\"")) {
            // One address may have two polls that wait.
            Api asking = api.with("If-None-Match", known).with("X-Forwarded-For", "192.0.2.1" + waiting.size());
            waiting.add(begin(() -> asking.get("/api/jobs/" + job + LONG)));
        }

        assertThat(server.waiting()).isEqualTo(4);
        assertThat(waiting).allSatisfy(each -> assertThat(each).isNotDone());
        work.claim(job);

        for (CompletableFuture<Answer> each : waiting) {
            assertThat(end(each).text("state")).isEqualTo("running");
        }
        Waiting.until(() -> server.waiting() == 0);
    }

    @Test
    void a_session_is_waited_for_too() throws Exception {
        Api user = api.as(new User().logIn(api));
        String session = user.post("/api/sessions").text("id");

        CompletableFuture<Answer> waiting = begin(() -> api.get("/api/sessions/" + session + LONG));
        user.post("/api/sessions/" + session + "/close");

        assertThat(end(waiting).text("state")).isEqualTo("closed");
    }

    private static String known(List<String> jobs, String state) {
        return jobs.stream()
                .map(job -> "\"" + job + "\": " + (state.isEmpty() ? "null" : "\"" + state + "\""))
                .collect(Collectors.joining(", ", "{\"jobs\": {", "}}"));
    }

    private static List<String> ids(Answer answer) {
        List<String> ids = new ArrayList<>();
        answer.json().get("jobs").forEach(job -> ids.add(job.get("id").asText()));
        return ids;
    }

    @Test
    void many_jobs_are_waited_for_in_one_poll_that_takes_one_waiting_place() throws Exception {
        List<String> jobs = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            jobs.add(work.order(api));
        }
        int before = server.waiting();

        CompletableFuture<Answer> waiting = begin(() -> api.post("/api/jobs/changes" + LONG, known(jobs, "queued")));
        assertThat(server.waiting()).isEqualTo(before + 1);
        work.claim(jobs.get(77));

        assertThat(ids(end(waiting))).containsExactly(jobs.get(77));
        assertThat(end(waiting).json().at("/jobs/0/state").asText()).isEqualTo("running");
        Waiting.until(() -> server.waiting() == before);
    }

    @Test
    void what_changed_between_two_polls_is_answered_at_once() {
        List<String> jobs = List.of(work.order(api), work.order(api), work.order(api));
        work.complete(jobs.get(1), work.claim(jobs.get(1)), 1);

        Answer answer = api.post("/api/jobs/changes" + LONG, known(jobs, "queued"));

        assertThat(ids(answer)).containsExactly(jobs.get(1));
        assertThat(ids(api.post("/api/jobs/changes" + LONG, known(jobs, ""))))
                .containsExactlyInAnyOrderElementsOf(jobs);
        assertThat(ids(api.post("/api/jobs/changes", known(List.of(jobs.get(0)), "queued"))))
                .isEmpty();
    }

    @Test
    void ids_of_no_job_are_named_and_not_waited_for() {
        String nothing = UUID.randomUUID().toString();

        Answer answer = api.post("/api/jobs/changes" + LONG, known(List.of(work.order(api), nothing), "queued"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(ids(answer)).isEmpty();
        assertThat(answer.json().at("/missing/0").asText()).isEqualTo(nothing);
    }

    @Test
    void what_names_no_jobs_or_too_many_of_them_is_refused() {
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 101; i++) {
            many.add(UUID.randomUUID().toString());
        }

        for (String body : List.of(
                "{}",
                "{\"jobs\": {}}",
                known(many, "queued"),
                known(List.of("x"), "queued"),
                known(many.subList(0, 1), "gone"),
                "{\"jobs\": {\"" + many.get(0) + "\": 1}}")) {
            Answer answer = api.post("/api/jobs/changes" + LONG, body);
            assertThat(answer.code()).as(body).isEqualTo("invalid_request");
            assertThat(answer.json().at("/violations/0/field").asText()).isEqualTo("jobs");
        }
    }

    @Test
    void who_waits_takes_no_room_of_others_and_too_many_do_not_wait() throws Exception {
        String job = work.order(api);
        List<CompletableFuture<Answer>> waiting = new ArrayList<>();
        // More than HTTP_IN_FLIGHT, and more than HTTP_WAITING.
        for (int i = 0; i < 84; i++) {
            waiting.add(begin(() -> api.get("/api/jobs/" + job + LONG)));
        }
        Waiting.until(() -> server.waiting() == 80
                && waiting.stream().filter(CompletableFuture::isDone).count() == 4);

        assertThat(api.get("/api/jobs/" + job).status()).isEqualTo(200);
        work.claim(job);
        for (CompletableFuture<Answer> answer : waiting) {
            assertThat(end(answer).status()).isEqualTo(200);
        }
        Waiting.until(() -> server.waiting() == 0);
    }

    @Test
    void one_address_may_not_take_all_places_to_wait() throws Exception {
        String job = work.order(api);
        Api mine = api.with("X-Forwarded-For", "192.0.2.1");
        CompletableFuture<Answer> first = begin(() -> mine.get("/api/jobs/" + job + LONG));
        CompletableFuture<Answer> second = begin(() -> mine.get("/api/jobs/" + job + LONG));

        assertThat(mine.get("/api/jobs/" + job + LONG).text("state")).isEqualTo("queued");
        assertThat(List.of(first.isDone(), second.isDone())).containsOnly(false);
        CompletableFuture<Answer> another =
                begin(() -> api.with("X-Forwarded-For", "192.0.2.2").get("/api/jobs/" + job + LONG));
        assertThat(another).isNotDone();
        work.claim(job);

        for (CompletableFuture<Answer> waiting : List.of(first, second, another)) {
            assertThat(end(waiting).text("state")).isEqualTo("running");
        }
        Waiting.until(() -> server.waiting() == 0);
    }

    @Test
    void a_server_that_stops_answers_who_waits() throws Exception {
        TestServer stopping = TestServer.start();
        Api there = Api.of(stopping);
        String job = new Work(stopping).order(there);
        CompletableFuture<Answer> waiting = CompletableFuture.supplyAsync(
                () -> there.get("/api/jobs/" + job + LONG), task -> new Thread(task).start());
        Waiting.until(() -> stopping.waiting() == 1);

        stopping.close();

        assertThat(end(waiting).text("state")).isEqualTo("queued");
    }
}
