package dev.nostrtrust.db;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.RecordedLog;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class SweepVerticleTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration OFTEN = Duration.ofMillis(1);

    @Test
    void a_sweep_starts_with_the_verticle_and_at_once_again_while_more_is_due(Vertx vertx, VertxTestContext context) {
        Checkpoint sweeps = context.checkpoint(4);
        AtomicInteger due = new AtomicInteger(4);

        vertx.deployVerticle(new SweepVerticle("crumbs", NEVER, () -> {
                    sweeps.flag();
                    return Future.succeededFuture(due.decrementAndGet() > 0);
                }))
                .onFailure(context::failNow);
    }

    @Test
    void one_sweep_runs_at_a_time_on_the_event_loop_of_the_verticle(Vertx vertx) {
        Promise<Boolean> first = Promise.promise();
        AtomicInteger started = new AtomicInteger();
        List<Context> contexts = new CopyOnWriteArrayList<>();
        AtomicInteger ticks = new AtomicInteger();
        await(vertx.deployVerticle(new SweepVerticle("crumbs", OFTEN, () -> {
            contexts.add(Vertx.currentContext());
            return started.incrementAndGet() == 1 ? first.future() : Future.succeededFuture(false);
        })));
        // The timers of one Vert.x run in order, so the sweep has had its ticks too.
        vertx.setPeriodic(2, tick -> ticks.incrementAndGet());
        Waiting.until(() -> ticks.get() >= 20);

        assertThat(started).hasValue(1);
        first.complete(false);

        Waiting.until(() -> started.get() >= 3);
        assertThat(contexts).allMatch(Context::isEventLoopContext);
    }

    @Test
    void a_verticle_that_stops_waits_for_its_sweep(Vertx vertx) {
        Promise<Boolean> running = Promise.promise();
        String id = await(vertx.deployVerticle(new SweepVerticle("crumbs", NEVER, running::future)));

        Future<Void> stopped = vertx.undeploy(id);
        AtomicInteger other = new AtomicInteger();
        await(vertx.deployVerticle(new SweepVerticle("others", NEVER, () -> {
            other.incrementAndGet();
            return Future.succeededFuture(false);
        })));

        assertThat(other).hasValue(1);
        assertThat(stopped.isComplete()).isFalse();
        running.fail("away");
        await(stopped);
    }

    @Test
    void repeated_failures_are_logged_at_the_first_failure_and_at_the_recovery(Vertx vertx) {
        AtomicInteger sweeps = new AtomicInteger();
        SweepVerticle verticle = new SweepVerticle("crumbs", OFTEN, () -> {
            int sweep = sweeps.incrementAndGet();
            if (sweep <= 2) {
                throw new IllegalStateException("no broom");
            }
            return sweep <= 4
                    ? Future.failedFuture(new IllegalStateException("no broom"))
                    : Future.succeededFuture(false);
        });

        try (RecordedLog log = new RecordedLog(SweepVerticle.class)) {
            String id = await(vertx.deployVerticle(verticle));
            Waiting.until(() -> sweeps.get() >= 7);
            await(vertx.undeploy(id));

            assertThat(log.lines().stream().filter(line -> line.contains("crumbs")))
                    .containsExactly(
                            "the sweep of crumbs failed and will be retried: "
                                    + "java.lang.IllegalStateException: no broom",
                            "the sweep of crumbs succeeds again");
        }
    }
}
