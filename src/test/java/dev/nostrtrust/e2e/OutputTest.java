package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Output in chunks: appended by workers, and read in the stream of the job. */
class OutputTest {
    private static final int LIMIT = 200_000;
    private static final int CHUNK = 65_536;

    private static TestServer server;
    private static Api api;
    private static Work work;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of(
                "SWEEP_INTERVAL", "20ms", "JOB_RESULT_LIMIT", String.valueOf(LIMIT), "JOB_RETRY_BACKOFF", "1ms"));
        api = Api.of(server);
        work = new Work(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Answer append(String job, long fence, int seq, String text) {
        ObjectNode body = Api.JSON.createObjectNode();
        body.put("fence", fence).put("seq", seq).put("text", text);
        return work.worker().post("/api/jobs/" + job + "/output", body);
    }

    private static EventSource stream(String job, int last) {
        return EventSource.open(server, "/api/jobs/" + job, null, "Last-Event-ID", String.valueOf(last));
    }

    private static List<EventSource.Event> chunks(EventSource source) {
        return source.events().stream()
                .filter(event -> event.type().equals("output"))
                .toList();
    }

    private static List<String> texts(EventSource source) {
        return chunks(source).stream()
                .map(event -> event.data().get("text").asText())
                .toList();
    }

    private static long count(String job) {
        return server.count("SELECT count(*) FROM job_outputs WHERE job_id = '" + job + "'");
    }

    @Test
    void a_stream_has_the_job_then_each_chunk_and_at_last_the_job_that_has_ended() {
        String job = work.order(api);
        long fence = work.claim(job);

        try (EventSource source = EventSource.open(server, "/api/jobs/" + job)) {
            Waiting.until(() -> source.events().size() == 1);
            assertThat(append(job, fence, 1, "Hallo ").status()).isEqualTo(200);
            Waiting.until(() -> texts(source).equals(List.of("Hallo ")));
            append(job, fence, 2, "Welt \ud83d\ude80\n");
            work.complete(job, fence, 1);
            Waiting.until(source::isOver);

            assertThat(source.events().stream().map(EventSource.Event::type))
                    .containsExactly("job", "output", "output", "job");
            assertThat(texts(source)).containsExactly("Hallo ", "Welt \ud83d\ude80\n");
            assertThat(chunks(source).stream().map(EventSource.Event::id)).containsExactly("1", "2");
            assertThat(chunks(source).get(0).data().get("claim").asInt()).isEqualTo(1);
        }
        try (EventSource later = stream(job, 1)) {
            Waiting.until(later::isOver);
            assertThat(texts(later)).containsExactly("Welt \ud83d\ude80\n");
        }
    }

    @Test
    void a_stream_that_is_cut_a_hundred_times_has_each_chunk_once_and_in_order() throws Exception {
        String job = work.order(api);
        long fence = work.claim(job);
        List<String> written =
                IntStream.rangeClosed(1, 600).mapToObj(i -> "chunk " + i).toList();
        Random random = new Random(20);
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < written.size(); i++) {
                Answer answer = append(job, fence, i + 1, written.get(i));
                // A worker repeats what a busy server refuses.
                i -= answer.status() == 503 ? 1 : 0;
                assertThat(answer.status()).as(answer.toString()).isIn(200, 503);
            }
        });

        List<String> read = new ArrayList<>();
        int last = 0;
        for (int cut = 0; cut < 100; cut++) {
            try (EventSource source = stream(job, last)) {
                int wanted = Math.min(random.nextInt(8), written.size() - last);
                Waiting.until(
                        () -> chunks(source).size() >= wanted || source.isOver() || writing.isCompletedExceptionally());
                List<String> received = texts(source);
                read.addAll(received);
                last += received.size();
            }
        }
        writing.get(3, TimeUnit.MINUTES);
        work.complete(job, fence, 1);
        try (EventSource source = stream(job, last)) {
            Waiting.until(source::isOver);
            read.addAll(texts(source));
            assertThat(source.events().get(source.events().size() - 1).type()).isEqualTo("job");
        }

        assertThat(read).isEqualTo(written);
    }

    @Test
    void a_chunk_is_appended_once_however_often_it_is_sent() throws Exception {
        String job = work.order(api);
        long fence = work.claim(job);

        List<CompletableFuture<Answer>> same = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> append(job, fence, 1, "once")))
                .toList();
        for (CompletableFuture<Answer> answer : same) {
            assertThat(answer.get(1, TimeUnit.MINUTES).status()).isEqualTo(200);
        }

        assertThat(count(job)).isEqualTo(1);
        Answer other = append(job, fence, 1, "twice");
        assertThat(other.code()).isEqualTo("output_out_of_order");
        assertThat(other.json().get("next_seq").asInt()).isEqualTo(2);
        assertThat(append(job, fence, 3, "gap").json().get("next_seq").asInt()).isEqualTo(2);
        assertThat(count(job)).isEqualTo(1);
    }

    @Test
    void the_chunks_of_the_next_claim_follow_those_of_the_last_one() {
        String job = work.order(api);
        long first = work.claim(job);
        append(job, first, 1, "first");
        work.worker().post("/api/jobs/" + job + "/release", "{\"fence\":" + first + "}");
        long second = work.claim(job);

        assertThat(append(job, first, 2, "late").code()).isEqualTo("stale_fence");
        assertThat(append(job, second, 2, "gap").code()).isEqualTo("output_out_of_order");
        assertThat(append(job, second, 1, "second").status()).isEqualTo(200);
        work.complete(job, second, 1);

        assertThat(append(job, second, 2, "late").code()).isEqualTo("already_reported");
        try (EventSource source = stream(job, 0)) {
            Waiting.until(source::isOver);
            assertThat(texts(source)).containsExactly("first", "second");
            assertThat(chunks(source).stream()
                            .map(event -> event.data().get("claim").asInt()))
                    .containsExactly(1, 2);
        }
    }

    @Test
    void a_chunk_that_arrives_before_the_one_before_it_is_appended_or_out_of_order() throws Exception {
        for (int i = 0; i < 100; i++) {
            String job = work.order(api);
            long fence = work.claim(job);
            CompletableFuture<Answer> first = CompletableFuture.supplyAsync(() -> append(job, fence, 1, "a"));
            Answer second = append(job, fence, 2, "b");

            assertThat(first.get(1, TimeUnit.MINUTES).status()).isEqualTo(200);
            assertThat(second.status() == 200 ? "" : second.code()).isIn("", "output_out_of_order");
            assertThat(append(job, fence, 2, "b").status()).isEqualTo(200);
        }
    }

    @Test
    void the_output_of_the_next_claim_has_the_whole_limit_again() {
        String job = work.order(api);
        long first = work.claim(job);
        String chunk = "a".repeat(LIMIT / 4);
        for (int seq = 1; seq <= 4; seq++) {
            append(job, first, seq, chunk);
        }
        assertThat(append(job, first, 5, "a").code()).isEqualTo("output_too_large");
        work.worker().post("/api/jobs/" + job + "/release", "{\"fence\":" + first + "}");

        assertThat(append(job, work.claim(job), 1, chunk).status()).isEqualTo(200);
    }

    @Test
    void a_claim_has_a_limited_number_of_chunks() {
        String job = work.order(api);
        long fence = work.claim(job);
        append(job, fence, 1, "a");
        server.execute("UPDATE jobs SET output_count = 10000 WHERE id = '" + job + "'");

        assertThat(append(job, fence, 10_001, "a").code()).isEqualTo("output_too_large");
    }

    @Test
    void another_worker_cannot_append() {
        String job = work.order(api);
        long fence = work.claim(job);

        Answer answer = api.as(server.token(Scope.WORKER, "other"))
                .post("/api/jobs/" + job + "/output", "{\"fence\":" + fence + ",\"seq\":1,\"text\":\"a\"}");

        assertThat(answer.code()).isEqualTo("not_owner");
        assertThat(count(job)).isZero();
    }

    @Test
    void an_append_extends_the_lease() {
        String job = work.order(api);
        long fence = work.claim(job);
        server.clock().advance(Duration.ofSeconds(50));
        Instant before = server.clock().instant();
        Answer answer = append(job, fence, 1, "alive");

        assertThat(Instant.parse(answer.text("lease_until"))).isAfterOrEqualTo(before.plusSeconds(60));
        assertThat(answer.json().get("fence").asLong()).isEqualTo(fence);
    }

    @Test
    void chunks_have_a_limit_each_and_together() {
        String job = work.order(api);
        long fence = work.claim(job);
        String largest = "\u00e4".repeat(CHUNK / 2);

        assertThat(append(job, fence, 1, largest).status()).isEqualTo(200);
        Answer larger = append(job, fence, 2, largest + "a");
        assertThat(larger.status()).isEqualTo(413);
        assertThat(larger.code()).isEqualTo("body_too_large");
        assertThat(larger.json().get("limit").asInt()).isEqualTo(CHUNK);
        assertThat(append(job, fence, 2, "a".repeat(7 * CHUNK))
                        .json()
                        .get("limit")
                        .asInt())
                .isEqualTo(CHUNK);
        assertThat(append(job, fence, 2, "a".repeat(CHUNK + 1)).code()).isEqualTo("body_too_large");
        append(job, fence, 2, largest);
        append(job, fence, 3, largest);
        Answer over = append(job, fence, 4, "a".repeat(LIMIT - 3 * CHUNK + 1));
        assertThat(over.status()).isEqualTo(413);
        assertThat(over.code()).isEqualTo("output_too_large");
        assertThat(over.json().get("limit").asInt()).isEqualTo(LIMIT);
        assertThat(append(job, fence, 4, "a".repeat(LIMIT - 3 * CHUNK)).status())
                .isEqualTo(200);
        assertThat(work.complete(job, fence, 1).status()).isEqualTo(200);

        try (EventSource source = stream(job, 0)) {
            Waiting.until(source::isOver);
            assertThat(texts(source)).hasSize(4).startsWith(largest);
        }
    }

    @Test
    void the_output_is_deleted_with_its_job() {
        User user = new User();
        String job = work.order(api.as(user.logIn(api)));
        append(job, work.claim(job), 1, "private");

        server.execute("DELETE FROM jobs WHERE id = '" + job + "'");

        assertThat(count(job)).isZero();
    }
}
