package dev.nostrtrust.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.bus.ChangeWaiters.Wait;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Waits are for an hour, so that no timeout ends one while a test runs. */
@ExtendWith(VertxExtension.class)
class ChangeWaitersTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private ChangeWaiters waiters;

    @BeforeEach
    void start(Vertx vertx) {
        waiters = new ChangeWaiters(vertx, 3, 2);
    }

    private Wait begin(@Nullable String id) {
        return Objects.requireNonNull(waiters.begin(Topic.JOBS_CHANGED, id, null));
    }

    @Test
    void a_change_wakes_the_waiters_of_its_id_and_of_the_whole_topic() {
        Future<Void> job = begin("1").woken(HOUR);
        Future<Void> otherJob = begin("2").woken(HOUR);
        Future<Void> everyJob = begin(null).woken(HOUR);

        waiters.wake(Topic.SESSIONS_CHANGED, "1");
        waiters.wake(Topic.JOBS_CHANGED, "1");

        TestServer.await(job);
        TestServer.await(everyJob);
        assertThat(otherJob.isComplete()).isFalse();
        assertThat(waiters.count()).isEqualTo(1);
    }

    @Test
    void a_waiter_of_several_ids_is_woken_by_any_of_them_and_counts_once() {
        Wait wait = Objects.requireNonNull(waiters.begin(Topic.JOBS_CHANGED, List.of("1", "2", "3"), null));
        assertThat(waiters.count()).isEqualTo(1);

        waiters.wake(Topic.JOBS_CHANGED, "2");

        TestServer.await(wait.woken(HOUR));
        assertThat(waiters.count()).isZero();
    }

    @Test
    void the_first_in_turn_that_was_not_woken_is_woken() {
        long first = waiters.takeTurn();
        Future<Void> second = Objects.requireNonNull(
                        waiters.begin(Topic.JOBS_CHANGED, List.of("q"), null, waiters.takeTurn()))
                .woken(HOUR);
        Future<Void> earlier = Objects.requireNonNull(waiters.begin(Topic.JOBS_CHANGED, List.of("p", "q"), null, first))
                .woken(HOUR);

        waiters.wakeFirst(Topic.JOBS_CHANGED, "q");
        TestServer.await(earlier);
        assertThat(second.isComplete()).isFalse();
        waiters.wakeFirst(Topic.JOBS_CHANGED, "q");

        TestServer.await(second);
        waiters.wakeFirst(Topic.JOBS_CHANGED, "q");
        assertThat(waiters.count()).isZero();
    }

    @Test
    void a_change_between_the_begin_of_a_wait_and_the_read_is_not_missed() {
        Wait wait = begin("1");

        waiters.wake(Topic.JOBS_CHANGED, "1");

        TestServer.await(wait.woken(HOUR));
    }

    @Test
    void a_wait_ends_after_its_timeout(VertxTestContext test) {
        begin("1")
                .woken(Duration.ofMillis(1))
                .onComplete(test.succeeding(woken -> test.verify(() -> {
                    assertThat(waiters.count()).isZero();
                    test.completeNow();
                })));
    }

    @Test
    void a_wake_up_arrives_on_the_context_that_began_the_wait(Vertx vertx, VertxTestContext test) {
        Context caller = vertx.getOrCreateContext();

        caller.runOnContext(now -> {
            Wait wait = begin("1");
            wait.woken(HOUR)
                    .onComplete(test.succeeding(woken -> test.verify(() -> {
                        assertThat(Vertx.currentContext()).isSameAs(caller);
                        test.completeNow();
                    })));
            new Thread(() -> waiters.wake(Topic.JOBS_CHANGED, "1")).start();
        });
    }

    @Test
    void no_more_waits_begin_than_the_limit_until_one_ends() {
        Wait first = begin("1");
        begin("1");
        begin("1");
        assertThat(waiters.begin(Topic.JOBS_CHANGED, "1", null)).isNull();

        first.end();
        first.end();

        assertThat(waiters.begin(Topic.JOBS_CHANGED, "1", null)).isNotNull();
        assertThat(waiters.begin(Topic.JOBS_CHANGED, "1", null)).isNull();
        assertThat(waiters.count()).isEqualTo(3);
    }

    @Test
    void one_address_has_a_lower_limit_of_its_own() {
        Wait first = Objects.requireNonNull(waiters.begin(Topic.JOBS_CHANGED, "1", "192.0.2.1"));
        waiters.begin(Topic.JOBS_CHANGED, "1", "192.0.2.1");
        assertThat(waiters.begin(Topic.JOBS_CHANGED, "1", "192.0.2.1")).isNull();

        first.end();

        assertThat(waiters.begin(Topic.JOBS_CHANGED, "1", "192.0.2.2")).isNotNull();
        assertThat(waiters.begin(Topic.JOBS_CHANGED, "1", "192.0.2.1")).isNotNull();
    }

    @Test
    void closing_wakes_every_waiter_and_no_wait_begins_afterwards() {
        Future<Void> job = begin("1").woken(HOUR);
        Future<Void> everyJob = begin(null).woken(HOUR);

        waiters.close();

        TestServer.await(Future.all(job, everyJob));
        assertThat(waiters.begin(Topic.JOBS_CHANGED, "1", null)).isNull();
        assertThat(waiters.count()).isZero();
    }
}
