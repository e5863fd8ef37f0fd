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
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Claims, reports and the end of a worker, against a server in memory. */
@ExtendWith(VertxExtension.class)
class JobWorkerTest {
    private static final JobOutcome DONE = JobOutcome.complete(21, new JsonObject().put("text", "hi"));

    /** The jobs that have started, and the ends of their handlers. */
    private final Map<String, Promise<JobOutcome>> open = new ConcurrentHashMap<>();

    private final List<JobWorker> workers = new ArrayList<>();
    private final Map<String, ClaimedJob> started = new ConcurrentHashMap<>();
    private Vertx vertx;
    private FakeEngine engine;
    private FakeJobs jobs;

    @BeforeEach
    void start(Vertx given) {
        vertx = given;
        engine = new FakeEngine(given);
        jobs = engine.jobs;
    }

    @AfterEach
    void stop() {
        open.values().forEach(end -> end.tryComplete(DONE));
        workers.forEach(worker -> await(worker.stop().otherwiseEmpty()));
    }

    private WorkerOptions options() {
        return new WorkerOptions(
                List.of(engine.address()),
                FakeEngine.TOKEN,
                List.of("default", "large"),
                2,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofMillis(20),
                Duration.ofSeconds(20));
    }

    private JobWorker work(Function<ClaimedJob, Future<JobOutcome>> handler) {
        return work(options(), handler);
    }

    private JobWorker work(WorkerOptions options, Function<ClaimedJob, Future<JobOutcome>> handler) {
        JobWorker worker = JobWorker.start(vertx, options, handler);
        workers.add(worker);
        return worker;
    }

    /** A handler whose jobs end when a test completes them. */
    private Future<JobOutcome> hold(ClaimedJob job) {
        Promise<JobOutcome> end = Promise.promise();
        open.put(job.id(), end);
        started.put(job.id(), job);
        return end.future();
    }

    private ClaimedJob job(String id) {
        return Objects.requireNonNull(started.get(id));
    }

    private void end(String id, JobOutcome outcome) {
        Objects.requireNonNull(open.get(id)).complete(outcome);
    }

    private void untilCalled(String action, int times) {
        until(() -> jobs.bodies(action).size() >= times);
    }

    @Test
    void it_claims_as_many_jobs_as_it_has_free_slots() {
        List<String> ids = List.of(jobs.add(), jobs.add(), jobs.add(), jobs.add());
        work(this::hold);
        until(() -> open.size() == 2);

        end(ids.get(0), DONE);
        until(() -> open.size() == 3);
        end(ids.get(1), DONE);
        end(ids.get(2), DONE);
        untilCalled("complete", 3);
        until(() -> open.size() == 4 && jobs.waiting() == 1);

        assertThat(jobs.claims)
                .extracting(claim -> claim.getInteger("max"))
                .startsWith(2, 1)
                .last()
                .isEqualTo(1);
        assertThat(jobs.claims.get(0))
                .isEqualTo(new JsonObject("{\"queues\":[\"default\",\"large\"],\"max\":2,\"wait\":30}"));
        assertThat(started).containsOnlyKeys(ids);
    }

    @Test
    void it_reports_the_outcome_of_each_job_with_its_fence() {
        String done = jobs.add();
        String failed = jobs.add();
        work(job -> Future.succeededFuture(
                job.id().equals(done)
                        ? JobOutcome.complete(3000, 1000, "text")
                        : JobOutcome.fail(JobOutcome.Reason.POLICY_REJECTED, 5)));
        untilCalled("complete", 1);
        untilCalled("fail", 1);

        assertThat(jobs.calls)
                .containsExactlyInAnyOrder(
                        new FakeJobs.Call(
                                "complete",
                                done,
                                new JsonObject("{\"fence\":4611686018427387904,\"sats_cost\":3000,"
                                        + "\"sats_absorbed\":1000,\"result\":\"text\"}")),
                        new FakeJobs.Call(
                                "fail",
                                failed,
                                new JsonObject("{\"fence\":4611686018427387904,\"reason\":\"policy_rejected\","
                                        + "\"sats\":5}")));
    }

    @Test
    void a_report_is_repeated_until_it_is_answered() {
        jobs.script("complete", 500, FakeJobs.BROKEN, 429, 408, FakeJobs.BROKEN, 503);
        jobs.add();
        work(job -> Future.succeededFuture(DONE));
        untilCalled("complete", 7);
        String next = jobs.add();
        until(() -> jobs.of("complete").anyMatch(call -> call.job().equals(next)));

        assertThat(jobs.calls).hasSize(8);
        assertThat(jobs.bodies("complete")).containsOnly(jobs.bodies("complete").get(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 413})
    void a_report_that_is_refused_for_good_becomes_a_failure(int status) {
        jobs.script("complete", status);
        jobs.add();
        work(job -> Future.succeededFuture(DONE));
        untilCalled("fail", 1);

        assertThat(jobs.bodies("complete")).hasSize(1);
        assertThat(jobs.bodies("fail").get(0).getString("reason")).isEqualTo("worker_error");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"throws", "fails", "returns no future", "returns no outcome", "has a result that is not JSON"})
    void a_handler_that_fails_fails_its_job(String how) {
        jobs.add();
        work(job -> switch (how) {
            case "throws" -> throw new IllegalStateException("thrown by a test");
            case "fails" -> Future.failedFuture("failed by a test");
            case "returns no outcome" -> Future.succeededFuture();
            case "has a result that is not JSON" -> Future.succeededFuture(JobOutcome.complete(1, new Object()));
            default -> null;
        });
        untilCalled("fail", 1);

        assertThat(jobs.bodies("fail").get(0).getString("reason")).isEqualTo("worker_error");
    }

    @Test
    void a_handler_may_block_on_threads_of_its_own() {
        ExecutorService executor = Executors.newFixedThreadPool(2);
        jobs.add();
        jobs.add();
        work(JobWorker.blocking(executor, job -> {
            if (job.id().endsWith("2")) {
                throw new IOException("thrown by a test");
            }
            job.output("one").await(30, TimeUnit.SECONDS);
            job.output("two");
            return DONE;
        }));
        untilCalled("fail", 1);
        untilCalled("complete", 1);

        executor.shutdown();
        assertThat(jobs.calls)
                .extracting(FakeJobs.Call::action)
                .filteredOn(action -> !action.equals("fail"))
                .containsExactly("output", "output", "complete");
    }

    @Test
    void claims_are_extended_while_their_jobs_run() {
        jobs.lease(Duration.ofSeconds(1));
        String id = jobs.add();
        work(this::hold);
        untilCalled("heartbeat", 3);
        end(id, DONE);
        untilCalled("complete", 1);

        assertThat(jobs.calls).allSatisfy(call -> assertThat(call.job()).isEqualTo(id));
        assertThat(jobs.bodies("heartbeat").get(0)).isEqualTo(new JsonObject("{\"fence\":4611686018427387904}"));
    }

    @Test
    void a_lease_has_three_heartbeats() {
        assertThat(Heartbeats.interval(Duration.ofMinutes(1))).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void progress_is_sent_at_most_once_a_second() {
        String id = jobs.add();
        work(this::hold);
        until(() -> open.size() == 1);
        job(id).progress(1);
        untilCalled("heartbeat", 1);
        job(id).progress(2);
        untilCalled("heartbeat", 2);

        assertThat(jobs.callNanos.get(1) - jobs.callNanos.get(0)).isGreaterThan(900_000_000L);
    }

    @Test
    void a_failed_heartbeat_is_repeated_before_the_lease_ends() {
        jobs.script("heartbeat", 500, FakeJobs.BROKEN, 503);
        String id = jobs.add();
        work(this::hold);
        until(() -> open.size() == 1);
        job(id).progress(new JsonObject().put("percent", 40));
        untilCalled("heartbeat", 4);

        assertThat(jobs.bodies("heartbeat")).hasSize(4).allSatisfy(body -> assertThat(
                        body.getJsonObject("progress").getInteger("percent"))
                .isEqualTo(40));
    }

    @Test
    void progress_comes_with_heartbeats_and_only_the_newest_is_sent() {
        String id = jobs.add();
        work(this::hold);
        until(() -> open.size() == 1);
        ClaimedJob job = job(id);
        for (int percent = 0; percent <= 100; percent++) {
            job.progress(new JsonObject().put("percent", percent));
        }
        until(() -> jobs.bodies("heartbeat").stream()
                .anyMatch(body -> body.getJsonObject("progress").getInteger("percent") == 100));

        assertThat(jobs.bodies("heartbeat")).hasSizeLessThanOrEqualTo(2);
        assertThatThrownBy(() -> job.progress("x".repeat(4095))).hasMessageContaining("4096 bytes");
        assertThatThrownBy(() -> job.progress(new Object())).isInstanceOf(RuntimeException.class);
    }

    @Test
    void progress_that_the_server_refuses_is_not_repeated() {
        jobs.lease(Duration.ofSeconds(1));
        jobs.script("heartbeat", 400);
        String id = jobs.add();
        work(this::hold);
        until(() -> open.size() == 1);
        job(id).progress("refused");
        untilCalled("heartbeat", 2);

        assertThat(jobs.bodies("heartbeat").get(0).getString("progress")).isEqualTo("refused");
        assertThat(jobs.bodies("heartbeat").get(1).containsKey("progress")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "stale_fence, stale_fence",
        "job_not_running, job_not_running",
        "job_already_finished, cancelled",
        "not_owner, not_owner",
        "job_not_found, job_not_found"
    })
    void a_lost_claim_ends_the_work_on_the_job_alone(String code, String reason) {
        String id = jobs.add();
        work(this::hold);
        until(() -> open.size() == 1);
        ClaimedJob lost = job(id);
        assertThat(lost.isLost()).isFalse();
        jobs.lose(id, code);
        lost.progress("alive");

        assertThat(await(lost.lost())).isEqualTo(reason);
        assertThat(lost.isLost()).isTrue();
        assertThatThrownBy(() -> await(lost.output("late"))).hasMessageContaining("the claim is lost");
        end(id, DONE);
        String next = jobs.add();
        until(() -> open.containsKey(next));
        end(next, DONE);
        untilCalled("complete", 1);
        assertThat(jobs.of("complete")).extracting(FakeJobs.Call::job).containsExactly(next);
    }

    @Test
    void a_report_that_is_refused_because_the_claim_is_lost_is_given_up() {
        String id = jobs.add();
        work(this::hold);
        until(() -> open.size() == 1);
        jobs.lose(id, "job_already_finished");
        end(id, DONE);
        untilCalled("complete", 1);
        String next = jobs.add();
        until(() -> open.containsKey(next));

        assertThat(jobs.bodies("fail")).isEmpty();
    }

    @Test
    void a_job_that_a_handler_hands_back_is_left_to_other_workers_for_a_second() {
        String id = jobs.add();
        work(this::hold);
        until(() -> open.size() == 1 && jobs.waiting() == 1);
        end(id, JobOutcome.release());
        untilCalled("release", 1);
        int claims = jobs.claims.size();
        until(() -> jobs.claims.size() > claims);

        assertThat(claims).isEqualTo(2);
        assertThat(jobs.claimNanos.get(2) - jobs.claimNanos.get(1)).isGreaterThan(900_000_000L);
        assertThat(jobs.calls).hasSize(1);
    }

    @Test
    void a_server_without_room_for_waiting_requests_is_asked_once_a_second() {
        jobs.fillWaiting();
        work(this::hold);
        until(() -> jobs.claims.size() == 2);

        assertThat(jobs.claimNanos.get(1) - jobs.claimNanos.get(0)).isGreaterThan(900_000_000L);
    }

    @Test
    void a_failed_claim_is_repeated_at_the_next_server() {
        jobs.script("claim", 500, 503, 400);
        WorkerOptions right = options();
        work(
                new WorkerOptions(
                        List.of(URI.create("http://127.0.0.1:1"), engine.address()),
                        right.token(),
                        right.queues(),
                        1,
                        right.claimWait(),
                        right.timeout(),
                        right.maxBackoff(),
                        right.grace()),
                this::hold);
        jobs.add();
        until(() -> open.size() == 1);

        assertThat(jobs.claims).hasSizeGreaterThanOrEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void a_refused_token_ends_the_worker_with_one_line(int status) {
        jobs.script("claim", status);
        JobWorker worker = work(this::hold);

        assertThatThrownBy(() -> await(worker.ended()))
                .hasMessage(engine.address() + " answered " + status + ": Not now.");
        assertThatThrownBy(() -> await(worker.stop())).hasMessageContaining("" + status);
    }

    @Test
    void a_token_that_is_refused_later_lets_running_jobs_end() {
        String id = jobs.add();
        jobs.script("claim", 200, 401);
        JobWorker worker = work(this::hold);
        until(() -> open.size() == 1 && jobs.claims.size() == 2);
        end(id, DONE);

        assertThatThrownBy(() -> await(worker.ended())).hasMessageContaining("401");
        assertThat(jobs.bodies("complete")).hasSize(1);
    }
}
