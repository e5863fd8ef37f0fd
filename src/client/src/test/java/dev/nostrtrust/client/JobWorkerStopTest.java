package dev.nostrtrust.client;

import static dev.nostrtrust.client.Waiting.await;
import static dev.nostrtrust.client.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The end of a worker. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class JobWorkerStopTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private final Promise<ClaimedJob> started = Promise.promise();
    private final Promise<JobOutcome> outcome = Promise.promise();
    private Vertx vertx;
    private FakeEngine engine;
    private FakeJobs jobs;

    @BeforeEach
    void start(Vertx given) {
        vertx = given;
        engine = new FakeEngine(given);
        jobs = engine.jobs;
    }

    private JobWorker work(Duration grace) {
        WorkerOptions options = new WorkerOptions(
                List.of(engine.address()),
                FakeEngine.TOKEN,
                List.of("default"),
                2,
                Duration.ofSeconds(30),
                Duration.ofSeconds(2),
                Duration.ofMillis(20),
                grace);
        return JobWorker.start(vertx, options, job -> {
            started.complete(job);
            return outcome.future();
        });
    }

    @Test
    void the_waiting_claim_is_cancelled() {
        JobWorker worker = work(LONG);
        until(() -> jobs.waiting() == 1);

        await(worker.stop());

        until(() -> jobs.waiting() == 0);
        assertThat(jobs.claims).hasSize(1);
        await(worker.ended());
        await(worker.stop());
    }

    @Test
    void a_worker_that_is_stopped_at_once_claims_nothing() {
        JobWorker worker = work(LONG);
        Future<Void> stopped = worker.stop();
        jobs.add();

        await(stopped);

        assertThat(jobs.of("complete")).isEmpty();
    }

    @Test
    void a_running_job_has_the_grace_to_be_reported() {
        String id = jobs.add();
        JobWorker worker = work(LONG);
        ClaimedJob job = await(started.future());
        jobs.script("complete", 500, FakeJobs.BROKEN);

        Future<Void> stopped = worker.stop();
        until(() -> jobs.waiting() == 0);
        jobs.add();
        job.output("the end");
        outcome.complete(JobOutcome.complete(1, null));
        await(stopped);

        assertThat(jobs.calls)
                .extracting(FakeJobs.Call::action)
                .containsExactly("output", "complete", "complete", "complete");
        assertThat(jobs.calls).allSatisfy(call -> assertThat(call.job()).isEqualTo(id));
    }

    @Test
    void after_the_grace_the_rest_is_handed_back() {
        String id = jobs.add();
        jobs.script("release", 500, FakeJobs.BROKEN);
        JobWorker worker = work(Duration.ofMillis(1));
        ClaimedJob job = await(started.future());

        await(worker.stop());

        assertThat(await(job.lost())).isEqualTo("stopped");
        outcome.complete(JobOutcome.complete(1, null));
        assertThat(jobs.calls).hasSize(3).allSatisfy(call -> assertThat(call.action() + call.job())
                .isEqualTo("release" + id));
    }

    @Test
    void output_that_is_not_accepted_does_not_delay_the_release() {
        jobs.add();
        jobs.script("output", 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500);
        JobWorker worker = work(Duration.ofMillis(1));
        ClaimedJob job = await(started.future());
        Future<Void> output = job.output("text");
        outcome.complete(JobOutcome.complete(1, null));
        until(() -> !jobs.bodies("output").isEmpty());

        await(worker.stop());

        assertThat(output.failed()).isTrue();
        assertThat(jobs.calls.get(jobs.calls.size() - 1).action()).isEqualTo("release");
    }

    @Test
    void a_worker_without_a_server_ends() {
        jobs.add();
        Integer[] statuses = new Integer[5_000];
        Arrays.fill(statuses, 500);
        jobs.script("complete", statuses);
        outcome.complete(JobOutcome.complete(1, null));
        JobWorker worker = work(Duration.ofMillis(1));
        until(() -> !jobs.bodies("complete").isEmpty());

        await(worker.stop());

        assertThat(jobs.bodies("release")).isEmpty();
    }
}
