package dev.nostrtrust.job;

import static dev.nostrtrust.app.TestServer.await;
import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.job.JobStore.Changed;
import dev.nostrtrust.job.JobStore.Created;
import dev.nostrtrust.job.JobStore.Found;
import dev.nostrtrust.nostr.PublicKey;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The statements of jobs on a real table. */
@ExtendWith(VertxExtension.class)
class JobStoreTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final Instant LEASE_END = NOW.plusSeconds(60);
    private static final Instant DEADLINE = NOW.plusSeconds(3600);
    private static final int MANY = 1000;

    private static MigratedDatabase database;
    private static TestCallers callers;
    private static JobStore jobs;
    private static LeaseStore leases;

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, () -> NOW);
        jobs = new JobStore(database.database());
        leases = new LeaseStore(database.database());
    }

    private static Created create(Caller caller, @Nullable UUID session) {
        JobStore.Order order = new JobStore.Order(
                UuidV7.next(NOW), session, "default", "{\"prompt\":\"hello\"}", DEADLINE, false, NOW);
        return await(jobs.create(order, caller, null));
    }

    /** Attempts without a pause between them. */
    private static RetryPolicy attempts(int max) {
        return new RetryPolicy(max, Duration.ZERO);
    }

    private static UUID queued(Caller caller) {
        return create(caller, null).job().orElseThrow().job().id();
    }

    private static UUID running(Caller caller) {
        UUID id = queued(caller);
        assertThat(await(leases.claim(id, "worker", NOW, LEASE_END, 1))).isPresent();
        return id;
    }

    private static Job read(UUID id) {
        return await(jobs.find(id)).orElseThrow().job();
    }

    private static String session(Caller owner, String state) {
        UUID id = UuidV7.next(NOW);
        String pubkey = owner.isAnonymous() ? "NULL" : "'" + owner.subject() + "'";
        String ended = state.equals("open") ? "NULL" : "'" + NOW + "'";
        database.sql("INSERT INTO sessions (id, nostr_pubkey, state, created_at, expires_at, ended_at) VALUES ('" + id
                + "', " + pubkey + ", '" + state + "', '" + NOW + "', '" + DEADLINE + "', " + ended + ")");
        return id.toString();
    }

    private static long facts(UUID job, String condition) {
        return database.sql("SELECT count(*) FROM trust_ledger WHERE source = 'job' AND source_id = '" + job + "' AND "
                + condition);
    }

    private static List<UUID> ids(List<Found> found) {
        return found.stream().map(each -> each.job().id()).toList();
    }

    @Test
    void a_job_of_a_user_has_the_standing_of_the_user_and_an_anonymous_job_has_none() {
        Caller user = callers.user();

        Found own = create(user, null).job().orElseThrow();
        Found anonymous = create(Caller.ANONYMOUS, null).job().orElseThrow();

        assertThat(own.job().pubkey()).isEqualTo(user.pubkey());
        assertThat(own.standing()).isNotNull();
        assertThat(own.job().state()).isEqualTo(JobState.QUEUED);
        assertThat(own.job().deadline()).isEqualTo(DEADLINE);
        assertThat(anonymous.job().pubkey()).isNull();
        assertThat(anonymous.standing()).isNull();
    }

    @Test
    void a_blocked_identity_creates_no_job_and_its_first_refusal_is_audited() {
        Caller user = callers.user();
        callers.block(user);

        ApiError first = refusal(() -> create(user, null));
        ApiError second = refusal(() -> create(user, null));

        assertThat(first.code()).isEqualTo(ErrorCode.IDENTITY_BLOCKED);
        assertThat(second.code()).isEqualTo(ErrorCode.IDENTITY_BLOCKED);
        assertThat(await(jobs.listOwn(new PublicKey(user.subject()), null, MANY)))
                .isEmpty();
        assertThat(database.sql("SELECT count(*) FROM audit_log WHERE action = 'refused_blocked' AND subject = '"
                        + user.subject() + "'"))
                .isEqualTo(1);
    }

    @Test
    void a_revoked_login_creates_no_job() {
        Caller user = callers.user();
        callers.revoke(user);

        assertThat(refusal(() -> create(user, null)).code()).isEqualTo(ErrorCode.TOKEN_REVOKED);
    }

    @Test
    void a_session_counts_its_jobs_and_takes_no_others() {
        Caller user = callers.user();
        UUID own = UUID.fromString(session(user, "open"));
        UUID anonymous = UUID.fromString(session(Caller.ANONYMOUS, "open"));
        UUID closed = UUID.fromString(session(user, "closed"));

        Created created = create(user, own);

        assertThat(created.job().orElseThrow().job().sessionId()).isEqualTo(own);
        assertThat(database.sql("SELECT request_count FROM sessions WHERE id = '" + own + "'"))
                .isEqualTo(1);
        assertRefused(create(callers.user(), own), ErrorCode.NOT_OWNER);
        assertRefused(create(Caller.ANONYMOUS, own), ErrorCode.TOKEN_REQUIRED);
        assertRefused(create(user, anonymous), ErrorCode.NOT_OWNER);
        assertRefused(create(user, closed), ErrorCode.SESSION_NOT_OPEN);
        assertRefused(create(user, UuidV7.next(NOW)), ErrorCode.SESSION_NOT_FOUND);
        assertThat(database.sql("SELECT sum(request_count) FROM sessions WHERE id IN ('" + own + "', '" + anonymous
                        + "', '" + closed + "')"))
                .isEqualTo(1);
    }

    private static void assertRefused(Created created, ErrorCode code) {
        assertThat(created.job()).isEmpty();
        assertThat(created.refusal()).isNotNull().extracting(ApiError::code).isEqualTo(code);
    }

    @Test
    void of_several_claims_at_once_one_gets_the_job_and_the_first_fence() {
        UUID id = queued(Caller.ANONYMOUS);

        List<Future<Long>> claims = Stream.generate(() -> leases.claim(id, "worker", NOW, LEASE_END, 1))
                .limit(16)
                .map(claim -> claim.map(
                        found -> found.map(won -> won.job().claims().fence()).orElse(0L)))
                .toList();
        await(Future.join(claims));

        assertThat(claims.stream().map(Future::result).filter(fence -> fence > 0))
                .containsExactly(1L);
        assertThat(read(id).claims().leaseUntil()).isEqualTo(LEASE_END);
    }

    @Test
    void a_job_is_not_claimed_after_its_deadline_or_while_its_identity_is_blocked() {
        Caller user = callers.user();
        UUID late = queued(user);
        UUID blocked = queued(user);

        assertThat(await(leases.claim(late, "worker", DEADLINE, DEADLINE.plusSeconds(60), 1)))
                .isEmpty();
        callers.block(user);
        assertThat(await(leases.claim(blocked, "worker", NOW, LEASE_END, 1))).isEmpty();
    }

    @Test
    void a_lease_is_renewed_for_the_worker_and_the_fence_of_the_latest_claim() {
        UUID id = running(Caller.ANONYMOUS);
        Instant later = LEASE_END.plusSeconds(60);

        assertThat(await(leases.renew(id, 1, "other", NOW, later, null))).isEmpty();
        assertThat(await(leases.renew(id, 2, "worker", NOW, later, null))).isEmpty();
        assertThat(read(id).claims().leaseUntil()).isEqualTo(LEASE_END);
        assertThat(await(leases.renew(id, 1, "worker", NOW, later, null))).isPresent();
        assertThat(read(id).claims().leaseUntil()).isEqualTo(later);
    }

    @Test
    void a_report_ends_a_job_with_its_fact_once() {
        UUID id = running(callers.user());
        JobReport report = JobReport.success(5000, 7L, "{}");

        assertThat(await(leases.report(id, 1, "other", report, NOW))).isEmpty();
        assertThat(await(leases.report(id, 2, "worker", report, NOW))).isEmpty();
        assertThat(facts(id, "true")).isZero();
        assertThat(await(leases.report(id, 1, "worker", report, NOW))).isPresent();
        assertThat(await(leases.report(id, 1, "worker", JobReport.failure("unpaid", 1L, null), NOW)))
                .isEmpty();

        assertThat(read(id).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(facts(id, "kind = 'success' AND sats = 5000 AND sats_absorbed = 7"))
                .isEqualTo(1);
        assertThat(facts(id, "true")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"worker_error", "platform_error"})
    void a_failure_that_is_not_of_the_identity_is_no_fact(String reason) {
        UUID id = running(callers.user());

        await(leases.report(id, 1, "worker", JobReport.failure(reason, 9L, null), NOW));

        assertThat(read(id).outcome().reason()).isEqualTo(reason);
        assertThat(facts(id, "true")).isZero();
    }

    @Test
    void a_report_of_an_anonymous_job_is_no_fact() {
        UUID id = running(Caller.ANONYMOUS);

        await(leases.report(id, 1, "worker", JobReport.failure("unpaid", 9L, null), NOW));

        assertThat(read(id).state()).isEqualTo(JobState.FAILED);
        assertThat(facts(id, "true")).isZero();
    }

    @Test
    void a_cancellation_by_the_owner_is_a_failure_only_during_a_lease() {
        Caller user = callers.user();
        UUID queued = queued(user);
        UUID leased = running(user);
        UUID lapsed = running(user);

        assertThat(await(jobs.cancelOwn(queued, user, NOW))).isPresent();
        assertThat(await(jobs.cancelOwn(leased, user, NOW))).isPresent();
        assertThat(await(jobs.cancelOwn(lapsed, user, LEASE_END))).isPresent();

        assertThat(facts(queued, "true")).isZero();
        assertThat(facts(leased, "kind = 'failure' AND reason = 'cancelled_late'"))
                .isEqualTo(1);
        assertThat(facts(lapsed, "true")).isZero();
    }

    @Test
    void a_user_cancels_its_own_jobs_only() {
        Caller owner = callers.user();
        UUID id = queued(owner);
        UUID anonymous = queued(Caller.ANONYMOUS);

        assertThat(await(jobs.cancelOwn(id, callers.user(), NOW))).isEmpty();
        assertThat(await(jobs.cancelOwn(anonymous, owner, NOW))).isEmpty();
        callers.block(owner);
        assertThat(refusal(() -> await(jobs.cancelOwn(id, owner, NOW))).code()).isEqualTo(ErrorCode.IDENTITY_BLOCKED);

        assertThat(read(id).state()).isEqualTo(JobState.QUEUED);
    }

    @Test
    void a_worker_cancels_its_own_claims_and_an_operator_every_claim() {
        Caller user = callers.user();
        UUID first = running(user);
        UUID second = running(user);

        assertThat(await(jobs.cancel(first, "other", NOW))).isEmpty();
        assertThat(await(jobs.cancel(first, "worker", NOW))).isPresent();
        assertThat(await(jobs.cancel(second, null, NOW))).isPresent();

        assertThat(facts(first, "true") + facts(second, "true")).isZero();
    }

    @Test
    void the_end_of_a_lease_queues_a_job_until_its_last_attempt_fails_it() {
        UUID id = running(callers.user());

        assertThat(ids(await(leases.endLeases(LEASE_END.minusMillis(1), attempts(2), MANY))))
                .doesNotContain(id);
        assertThat(ids(await(leases.endLeases(LEASE_END, attempts(2), MANY)))).contains(id);
        assertThat(read(id).state()).isEqualTo(JobState.QUEUED);
        assertThat(read(id).claims().leaseUntil()).isNull();
        await(leases.claim(id, "worker", LEASE_END, LEASE_END.plusSeconds(60), 1));
        await(leases.endLeases(LEASE_END.plusSeconds(60), attempts(2), MANY));

        assertThat(read(id).state()).isEqualTo(JobState.FAILED);
        assertThat(read(id).outcome().reason()).isEqualTo("platform_error");
        assertThat(facts(id, "true")).isZero();
    }

    @Test
    void a_sweep_leaves_out_rows_that_another_node_has_locked() throws SQLException {
        UUID locked = running(Caller.ANONYMOUS);
        UUID free = running(Caller.ANONYMOUS);
        try (Connection other = TestDatabases.connect(database.address());
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT FROM jobs WHERE id = '" + locked + "' FOR UPDATE");

            assertThat(ids(await(leases.endLeases(LEASE_END, attempts(3), MANY))))
                    .contains(free)
                    .doesNotContain(locked);

            other.rollback();
        }
        assertThat(ids(await(leases.endLeases(LEASE_END, attempts(3), MANY)))).contains(locked);
    }

    @Test
    void a_queued_job_expires_at_its_deadline() {
        UUID id = queued(Caller.ANONYMOUS);

        assertThat(ids(await(jobs.expire(DEADLINE.minusMillis(1), MANY)))).doesNotContain(id);
        assertThat(ids(await(jobs.expire(DEADLINE.plusSeconds(5), MANY)))).contains(id);

        assertThat(read(id).state()).isEqualTo(JobState.EXPIRED);
        assertThat(read(id).finishedAt()).isEqualTo(DEADLINE);
    }

    @ParameterizedTest
    @EnumSource(names = {"SUCCEEDED", "CANCELLED"})
    void an_ended_job_stays_as_it_is(JobState state) {
        Caller user = callers.user();
        UUID id = running(user);
        await(
                state == JobState.SUCCEEDED
                        ? leases.report(id, 1, "worker", JobReport.success(1, null, null), NOW)
                        : jobs.cancel(id, null, NOW));

        assertThat(await(leases.claim(id, "worker", NOW, LEASE_END, 1))).isEmpty();
        assertThat(await(leases.renew(id, 1, "worker", NOW, DEADLINE, null))).isEmpty();
        assertThat(await(leases.report(id, 1, "worker", JobReport.failure("unpaid", 1L, null), NOW)))
                .isEmpty();
        assertThat(await(jobs.cancel(id, null, NOW))).isEmpty();
        assertThat(await(jobs.cancelOwn(id, user, NOW))).isEmpty();
        await(leases.endLeases(DEADLINE, attempts(1), MANY));
        await(jobs.expire(DEADLINE, MANY));

        assertThat(read(id).state()).isEqualTo(state);
    }

    @Test
    void changes_are_the_jobs_with_another_state_and_the_missing_ones() {
        UUID queued = queued(Caller.ANONYMOUS);
        UUID running = running(Caller.ANONYMOUS);
        UUID missing = UuidV7.next(NOW);

        Changed changed = await(jobs.changed(Map.of(queued, "queued", running, "queued", missing, ""), NOW));
        Changed expired = await(jobs.changed(Map.of(queued, "queued"), DEADLINE));

        assertThat(ids(changed.jobs())).containsExactly(running);
        assertThat(changed.missing()).containsExactly(missing);
        assertThat(ids(expired.jobs())).containsExactly(queued);
    }

    @Test
    void pages_of_one_identity_are_newest_first_and_of_one_state_oldest_first() {
        Caller user = callers.user();
        Caller blocked = callers.user();
        List<UUID> own = Stream.generate(() -> queued(user)).limit(3).sorted().toList();
        UUID hidden = queued(blocked);
        callers.block(blocked);
        PublicKey pubkey = new PublicKey(user.subject());

        assertThat(ids(await(jobs.listOwn(pubkey, null, 2)))).containsExactly(own.get(2), own.get(1));
        assertThat(ids(await(jobs.listOwn(pubkey, own.get(1), 2)))).containsExactly(own.get(0));
        assertThat(ids(await(jobs.list(JobState.QUEUED, null, MANY, false, NOW))))
                .containsSubsequence(own)
                .doesNotContain(hidden);
        assertThat(ids(await(jobs.list(JobState.QUEUED, null, MANY, true, NOW))))
                .contains(hidden);
        assertThat(ids(await(jobs.list(JobState.QUEUED, own.get(0), MANY, true, NOW))))
                .contains(own.get(1))
                .doesNotContain(own.get(0));
        for (JobState state : JobState.values()) {
            assertThat(await(jobs.list(state, null, MANY, true, NOW)))
                    .allMatch(each -> each.job().state() == state);
        }
    }
}
