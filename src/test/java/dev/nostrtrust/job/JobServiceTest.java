package dev.nostrtrust.job;

import static dev.nostrtrust.app.TestServer.await;
import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.IdempotencyKey.RequestHash;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.BusRecorder;
import dev.nostrtrust.fixture.BusRecorder.Sent;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.job.JobService.Shown;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The use cases of jobs, and what they publish, without HTTP. */
@ExtendWith(VertxExtension.class)
class JobServiceTest {
    private static final Settings SETTINGS = SettingsReader.of(Map.of(
                    "JOB_LEASE",
                    "60s",
                    "JOB_MAX_ATTEMPTS",
                    "3",
                    "JOB_QUEUE_TTL",
                    "1h",
                    "SWEEP_BATCH",
                    "100",
                    "JOB_RETRY_BACKOFF",
                    "1ms"))
            .settings();
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final TestClock CLOCK = new TestClock();

    private static MigratedDatabase database;
    private static TestCallers callers;
    private static BusRecorder sent;
    private static JobService jobs;
    private static LeaseService leases;
    private static Caller worker;
    private static Caller other;

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, CLOCK);
        sent = BusRecorder.of(vertx);
        TrustModel model = new TrustModel(TrustPolicy.defaults());
        jobs = new JobService(database.database(), model, SETTINGS, CLOCK, new Bus(vertx));
        leases = new LeaseService(database.database(), jobs, SETTINGS, CLOCK, new Bus(vertx), () -> 1);
        worker = callers.named(Scope.WORKER, "worker");
        other = callers.named(Scope.WORKER, "other");
    }

    private static UUID queued(Caller caller) {
        return await(jobs.create(null, "default", "{}", null, caller, null))
                .job()
                .id();
    }

    private static UUID running(Caller caller) {
        UUID id = queued(caller);
        await(leases.claim(id, worker, null));
        return id;
    }

    private static Shown complete(UUID id, long fence, Caller by, long sats) {
        return await(leases.report(id, fence, by, JobReport.success(sats, null, null)));
    }

    private static ErrorCode refusedReport(UUID id, long fence, Caller by, long sats) {
        return refusal(() -> complete(id, fence, by, sats)).code();
    }

    private static JobState state(UUID id) {
        return await(jobs.show(id)).job().state();
    }

    /** Ends the leases of this time, and sweeps. */
    private static void endLease() {
        CLOCK.advance(LEASE);
        sweep();
        CLOCK.advance(Duration.ofMillis(1));
    }

    private static void sweep() {
        while (await(jobs.sweep())) {
            // More jobs may be due.
        }
    }

    private static long facts(UUID id) {
        return database.sql("SELECT count(*) FROM trust_ledger WHERE source = 'job' AND source_id = '" + id + "'");
    }

    private static List<Sent> published(UUID id) {
        return sent.on("jobs.v1.changed").stream()
                .filter(message -> message.body().path("id").asText().equals(id.toString()))
                .toList();
    }

    private static IdempotencyKey key(Caller caller, String hash) {
        return new IdempotencyKey(caller.subject(), "key", new RequestHash(hash.repeat(32)));
    }

    @Test
    void each_change_of_a_job_is_published_once_with_its_fence() {
        Caller user = callers.user();
        UUID id = running(user);

        complete(id, 1, worker, 5);
        complete(id, 1, worker, 5);

        assertThat(published(id))
                .extracting(message -> message.header("id"))
                .containsExactly(id + "/queued/0", id + "/running/1", id + "/succeeded/1");
        assertThat(published(id)).allSatisfy(message -> {
            assertThat(message.toOne()).isFalse();
            assertThat(message.header("type")).isEqualTo("jobs.changed");
            assertThat(message.body().path("tier").asText()).isEqualTo("new");
        });
    }

    @Test
    void a_report_and_a_cancellation_wake_one_scorer() {
        Caller user = callers.user();
        UUID reported = running(user);
        UUID cancelled = running(user);
        int before = sent.on("trust.v1.pending").size();

        complete(reported, 1, worker, 5);
        await(jobs.cancel(cancelled, user));

        assertThat(sent.on("trust.v1.pending").stream().skip(before)).hasSize(2).allMatch(Sent::toOne);
    }

    @Test
    void a_refused_change_publishes_nothing() {
        UUID id = running(callers.user());
        int before = published(id).size();

        assertThat(refusedReport(id, 2, worker, 5)).isEqualTo(ErrorCode.STALE_FENCE);
        assertThat(refusal(() -> await(leases.claim(id, worker, null))).code()).isEqualTo(ErrorCode.JOB_NOT_QUEUED);

        assertThat(published(id)).hasSize(before);
    }

    @Test
    void a_lease_that_ends_queues_the_job_and_the_last_attempt_fails_it() {
        UUID id = queued(callers.user());
        for (long attempt = 1; attempt <= 3; attempt++) {
            assertThat(await(leases.claim(id, worker, null)).job().claims().fence())
                    .isEqualTo(attempt);
            endLease();
            assertThat(state(id)).isEqualTo(attempt < 3 ? JobState.QUEUED : JobState.FAILED);
        }

        assertThat(await(jobs.show(id)).job().outcome().reason()).isEqualTo("platform_error");
        assertThat(refusedReport(id, 3, worker, 1)).isEqualTo(ErrorCode.ALREADY_REPORTED);
        assertThat(facts(id)).isZero();
    }

    @Test
    void a_worker_that_lost_its_lease_cannot_report() {
        UUID id = running(Caller.ANONYMOUS);
        endLease();

        assertThat(refusedReport(id, 1, worker, 1)).isEqualTo(ErrorCode.JOB_NOT_RUNNING);
        assertThat(await(leases.claim(id, worker, null)).job().claims().fence()).isEqualTo(2);
        assertThat(refusedReport(id, 1, worker, 1)).isEqualTo(ErrorCode.STALE_FENCE);
        assertThat(complete(id, 2, worker, 1).job().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_claim_is_exclusive_and_its_fence_is_needed() {
        UUID id = queued(Caller.ANONYMOUS);

        ApiError unclaimed = refusal(() -> complete(id, 1, worker, 1));
        await(leases.claim(id, worker, null));

        assertThat(unclaimed.code()).isEqualTo(ErrorCode.STALE_FENCE);
        assertThat(unclaimed.detail()).contains("The job is not claimed. Claim it");
        assertThat(refusal(() -> await(leases.claim(id, worker, null))).hints()).containsEntry("state", "running");
        assertThat(refusal(() -> await(leases.claim(id, worker, 2L))).code()).isEqualTo(ErrorCode.STALE_FENCE);
        CLOCK.advance(LEASE.minusSeconds(1));
        assertThat(await(leases.claim(id, worker, 1L)).job().claims().leaseUntil())
                .isAfter(CLOCK.instant().plus(LEASE.minusSeconds(1)));
    }

    @Test
    void a_claim_belongs_to_its_worker() {
        UUID id = running(callers.user());

        assertThat(refusal(() -> await(leases.claim(id, other, 1L))).code()).isEqualTo(ErrorCode.NOT_OWNER);
        assertThat(refusedReport(id, 1, other, 5)).isEqualTo(ErrorCode.NOT_OWNER);
        assertThat(refusal(() -> await(jobs.cancel(id, other))).code()).isEqualTo(ErrorCode.NOT_OWNER);
        assertThat(state(id)).isEqualTo(JobState.RUNNING);
        complete(id, 1, worker, 5);

        assertThat(refusedReport(id, 1, other, 5)).isEqualTo(ErrorCode.NOT_OWNER);
        assertThat(facts(id)).isEqualTo(1);
    }

    @Test
    void a_worker_whose_job_another_worker_has_claimed_has_a_stale_fence() {
        UUID id = running(Caller.ANONYMOUS);
        endLease();
        await(leases.claim(id, other, null));

        assertThat(refusedReport(id, 1, worker, 1)).isEqualTo(ErrorCode.STALE_FENCE);
        assertThat(refusedReport(id, 2, worker, 1)).isEqualTo(ErrorCode.NOT_OWNER);
        Caller operator = callers.named(Scope.OPERATOR, "operator");
        assertThat(await(jobs.cancel(id, operator)).job().state()).isEqualTo(JobState.CANCELLED);
        assertThat(refusedReport(id, 2, other, 1)).isEqualTo(ErrorCode.JOB_ALREADY_FINISHED);
    }

    @Test
    void of_many_equal_reports_at_once_all_get_the_answer_and_one_fact_is_written() {
        UUID id = running(callers.user());
        JobReport report = JobReport.success(2100, 7L, null);

        List<Future<Shown>> answers = Stream.generate(() -> leases.report(id, 1, worker, report))
                .limit(64)
                .toList();
        await(Future.join(answers));

        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.result().job().state()).isEqualTo(JobState.SUCCEEDED));
        assertThat(facts(id)).isEqualTo(1);
    }

    @Test
    void another_report_of_a_finished_job_is_refused() {
        UUID id = running(callers.user());
        complete(id, 1, worker, 100);

        assertThat(complete(id, 1, worker, 100).job().state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(refusedReport(id, 1, worker, 101)).isEqualTo(ErrorCode.ALREADY_REPORTED);
        assertThat(refusal(() -> await(leases.report(id, 1, worker, JobReport.failure("unpaid", 0L, null))))
                        .code())
                .isEqualTo(ErrorCode.ALREADY_REPORTED);
    }

    @Test
    void a_job_of_a_blocked_identity_is_not_claimed_but_a_running_one_is_finished() {
        Caller user = callers.user();
        UUID waiting = queued(user);
        UUID running = running(user);
        callers.block(user);

        assertThat(refusal(() -> await(leases.claim(waiting, worker, null))).code())
                .isEqualTo(ErrorCode.IDENTITY_BLOCKED);
        assertThat(await(leases.claim(running, worker, 1L)).job().claims().fence())
                .isEqualTo(1);
        assertThat(complete(running, 1, worker, 5).job().state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(facts(running)).isEqualTo(1);
    }

    @Test
    void a_cancellation_is_answered_again_and_refused_for_jobs_of_others_and_ended_jobs() {
        Caller user = callers.user();
        UUID own = queued(user);
        UUID anonymous = queued(Caller.ANONYMOUS);
        UUID ended = running(user);
        complete(ended, 1, worker, 1);

        Shown cancelled = await(jobs.cancel(own, user));

        assertThat(await(jobs.cancel(own, user))).isEqualTo(cancelled);
        assertThat(cancelled.job().outcome().reason()).isNull();
        assertThat(facts(own)).isZero();
        assertThat(refusal(() -> await(jobs.cancel(anonymous, user))).code()).isEqualTo(ErrorCode.NOT_OWNER);
        assertThat(refusal(() -> await(jobs.cancel(ended, user))).code()).isEqualTo(ErrorCode.JOB_ALREADY_FINISHED);
    }

    @Test
    void a_job_without_a_deadline_gets_the_default_and_expires_before_a_sweep() {
        Caller user = callers.user();
        UUID id = queued(user);
        Job created = await(jobs.show(id)).job();

        assertThat(created.deadline()).isEqualTo(created.createdAt().plus(Duration.ofHours(1)));
        CLOCK.advance(Duration.ofHours(1));

        assertThat(state(id)).isEqualTo(JobState.EXPIRED);
        assertThat(refusal(() -> await(jobs.cancel(id, user))).code()).isEqualTo(ErrorCode.JOB_ALREADY_FINISHED);
        assertThat(refusal(() -> await(jobs.cancel(id, worker))).code()).isEqualTo(ErrorCode.JOB_ALREADY_FINISHED);
        assertThat(published(id)).hasSize(1);
        sweep();
        assertThat(published(id))
                .last()
                .extracting(message -> message.header("id"))
                .isEqualTo(id + "/expired/0");
    }

    @Test
    void a_used_key_gets_the_job_as_it_was_created() {
        Caller user = callers.user();
        Shown first = await(jobs.create(null, "default", "{}", null, user, key(user, "ab")));
        await(leases.claim(first.job().id(), worker, null));

        Shown again = await(jobs.create(null, "default", "{}", null, user, key(user, "ab")));

        assertThat(again).isEqualTo(first);
        assertThat(refusal(() -> await(jobs.create(null, "default", "{}", null, user, key(user, "cd"))))
                        .code())
                .isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED);
        assertThat(await(jobs.findRepeated(null))).isEmpty();
    }

    @Test
    void a_sweep_announces_more_while_its_batch_is_full(Vertx vertx) {
        Settings one = SettingsReader.of(Map.of("SWEEP_BATCH", "1")).settings();
        JobService small =
                new JobService(database.database(), new TrustModel(TrustPolicy.defaults()), one, CLOCK, new Bus(vertx));
        sweep();
        queued(Caller.ANONYMOUS);
        CLOCK.advance(Duration.ofHours(2));

        assertThat(await(small.sweep())).isTrue();
        sweep();
        assertThat(await(small.sweep())).isFalse();
    }

    @Test
    void a_job_shows_the_tier_of_its_identity_and_an_unknown_job_is_not_found() {
        Caller user = callers.user();
        UUID id = queued(user);
        database.sql("UPDATE nostr_identities SET tier_locked = 'elite' WHERE pubkey = '" + user.subject() + "'");

        assertThat(tier(id)).isEqualTo(Tier.ELITE);
        assertThat(tier(queued(Caller.ANONYMOUS))).isEqualTo(Tier.ANONYMOUS);
        assertThat(refusal(() -> tier(UuidV7.next(CLOCK.instant()))).code()).isEqualTo(ErrorCode.JOB_NOT_FOUND);
    }

    private static @Nullable Tier tier(UUID id) {
        return await(jobs.show(id)).tier().tier();
    }
}
