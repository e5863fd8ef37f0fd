package dev.nostrtrust.client;

import static dev.nostrtrust.client.Waiting.await;
import static dev.nostrtrust.client.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The output of a job: its chunks and their order. */
@ExtendWith(VertxExtension.class)
class JobOutputTest {
    private static final int LIMIT = 65_536;

    private final Promise<JobOutcome> outcome = Promise.promise();
    private FakeJobs jobs;
    private JobWorker worker;
    private ClaimedJob job;

    @BeforeEach
    void claim_a_job(Vertx vertx) {
        FakeEngine engine = new FakeEngine(vertx);
        jobs = engine.jobs;
        jobs.add();
        Promise<ClaimedJob> started = Promise.promise();
        List<URI> servers = List.of(engine.address());
        Duration timeout = Duration.ofSeconds(10);
        worker = JobWorker.start(
                vertx,
                new WorkerOptions(
                        servers,
                        FakeEngine.TOKEN,
                        List.of("default"),
                        1,
                        Duration.ofSeconds(30),
                        timeout,
                        Duration.ofMillis(20),
                        timeout),
                claimed -> {
                    started.complete(claimed);
                    return outcome.future();
                });
        job = await(started.future());
    }

    @AfterEach
    void stop() {
        outcome.tryComplete(JobOutcome.complete(1, null));
        await(worker.stop());
    }

    /** The output as the server has it: a repeated chunk counts once. */
    private String accepted() {
        Map<Integer, String> chunks = new TreeMap<>();
        for (JsonObject body : jobs.bodies("output")) {
            String text = body.getString("text");
            assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(1, LIMIT);
            assertThat(chunks.getOrDefault(body.getInteger("seq"), text)).isEqualTo(text);
            chunks.put(body.getInteger("seq"), text);
        }
        for (int seq = 1; seq <= chunks.size(); seq++) {
            assertThat(chunks).containsKey(seq);
        }
        return String.join("", chunks.values());
    }

    @Test
    void long_text_is_divided_between_code_points() {
        String text = "a" + "\uD83D\uDE00".repeat(LIMIT / 4) + "\u00e9\u20ac".repeat(LIMIT / 2) + "z".repeat(LIMIT);

        await(job.output(text));

        assertThat(accepted()).isEqualTo(text);
        assertThat(jobs.bodies("output")).hasSize(5);
        assertThat(jobs.bodies("output").get(0).getString("text")).hasSize(1 + LIMIT / 2 - 2);
    }

    @Test
    void chunks_are_repeated_in_order_until_they_are_answered() {
        jobs.script("output", 500, FakeJobs.BROKEN, 200, FakeJobs.BROKEN, 503, 200, 429);
        StringBuilder text = new StringBuilder();
        List<Future<Void>> parts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String part = i + ("x".repeat(LIMIT / 3) + ",");
            text.append(part);
            parts.add(job.output(part));
        }
        parts.forEach(Waiting::await);

        assertThat(accepted()).hasToString(text.toString());
        List<Integer> seqs = jobs.bodies("output").stream()
                .map(body -> body.getInteger("seq"))
                .toList();
        assertThat(seqs).isSorted().startsWith(1, 1, 1, 2, 2, 2, 3, 3);
    }

    @Test
    void small_texts_share_chunks_and_precede_the_report() {
        for (int i = 0; i < 10_000; i++) {
            job.output("token ");
        }
        outcome.complete(JobOutcome.complete(1, null));
        until(() -> !jobs.bodies("complete").isEmpty());

        assertThat(accepted()).isEqualTo("token ".repeat(10_000));
        assertThat(jobs.bodies("output")).hasSizeLessThan(1_000);
        assertThat(jobs.calls.get(jobs.calls.size() - 1).action()).isEqualTo("complete");
    }

    @Test
    void output_that_is_refused_fails_and_the_job_goes_on() {
        jobs.script("output", 200, 413);

        await(job.output("accepted"));
        assertThatThrownBy(() -> await(job.output("too much"))).hasMessageContaining("413");
        assertThatThrownBy(() -> await(job.output("more"))).hasMessageContaining("413");
        outcome.complete(JobOutcome.complete(1, null));
        until(() -> !jobs.bodies("complete").isEmpty());

        assertThat(jobs.bodies("output")).hasSize(2);
    }

    @Test
    void output_of_a_lost_claim_is_not_repeated() {
        jobs.script("output", Collections.nCopies(1_000, 500).toArray(Integer[]::new));
        Future<Void> output = job.output("text");
        until(() -> jobs.bodies("output").size() > 1);
        jobs.lose(job.id(), "stale_fence");
        job.progress(1);

        assertThatThrownBy(() -> await(output)).hasMessage("the claim is lost: stale_fence");
        int sent = jobs.bodies("output").size();
        Waiting.pause(Duration.ofMillis(200));
        assertThat(jobs.bodies("output").size()).isLessThanOrEqualTo(sent + 1);
    }

    @Test
    void a_handler_that_does_not_await_its_output_is_limited() {
        jobs.script("output", 500, 500, 500, 500, 500, 500);
        Future<Void> first = job.output("x".repeat(1 << 20));

        assertThatThrownBy(() -> await(job.output("y"))).hasMessageContaining("await earlier output");
        await(first);
        await(job.output("z"));

        assertThat(accepted()).hasSize((1 << 20) + 1).endsWith("xz");
    }

    @Test
    void empty_text_and_broken_text_do_no_harm() {
        await(job.output(""));
        await(job.output("a\uD83Db"));

        assertThat(accepted()).isEqualTo("a?b");
    }
}
