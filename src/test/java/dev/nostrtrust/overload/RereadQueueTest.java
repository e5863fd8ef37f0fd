package dev.nostrtrust.overload;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** HTTP_IN_FLIGHT is 32, so that two reads of one event loop run at a time. */
@ExtendWith(VertxExtension.class)
class RereadQueueTest {
    private static final int IN_FLIGHT = 32;

    private final Admission admission = new Admission(IN_FLIGHT, Duration.ofSeconds(30));
    private final List<Promise<String>> reads = new ArrayList<>();
    private Context loop;
    private RereadQueue queue;

    @BeforeEach
    void start(Vertx vertx) {
        loop = vertx.getOrCreateContext();
        queue = new RereadQueue(vertx, admission, IN_FLIGHT);
    }

    private Future<String> submit() {
        return queue.submit(() -> {
            Promise<String> read = Promise.promise();
            reads.add(read);
            return read.future();
        });
    }

    private void onLoop(VertxTestContext test, VertxTestContext.ExecutionBlock block) {
        loop.runOnContext(now -> test.verify(block));
    }

    @Test
    void two_reads_run_at_a_time_each_with_a_permit_and_the_others_queue(VertxTestContext test) {
        onLoop(test, () -> {
            List<Future<String>> all =
                    IntStream.range(0, 5).mapToObj(i -> submit()).toList();
            assertThat(reads).hasSize(2);
            assertThat(admission.inFlight()).isEqualTo(2);

            for (int i = 0; i < 5; i++) {
                reads.get(i).complete("row " + i);
                assertThat(reads).hasSize(Math.min(5, i + 3));
            }

            assertThat(admission.inFlight()).isZero();
            Future.all(all)
                    .onComplete(test.succeeding(rows -> test.verify(() -> {
                        assertThat(rows.<String>list()).containsExactly("row 0", "row 1", "row 2", "row 3", "row 4");
                        test.completeNow();
                    })));
        });
    }

    @Test
    void a_read_that_fails_or_throws_makes_room_for_the_next_one(VertxTestContext test) {
        onLoop(test, () -> {
            Future<String> failing = submit();
            Future<String> throwing = queue.submit(() -> {
                throw new IllegalStateException("thrown");
            });
            Future<String> next = submit();

            reads.get(0).fail("failed");
            reads.get(1).complete("row");

            Future.join(failing, throwing, next)
                    .onComplete(done -> test.verify(() -> {
                        assertThat(failing.cause()).hasMessage("failed");
                        assertThat(throwing.cause()).hasMessage("thrown");
                        assertThat(next.result()).isEqualTo("row");
                        assertThat(admission.inFlight()).isZero();
                        test.completeNow();
                    }));
        });
    }

    @Test
    void thousands_of_reads_that_complete_at_once_do_not_recurse(VertxTestContext test) {
        onLoop(test, () -> {
            submit();
            submit();
            List<Future<String>> all = IntStream.range(0, 20_000)
                    .mapToObj(i -> queue.submit(() -> Future.succeededFuture("row")))
                    .toList();

            reads.forEach(read -> read.complete("row"));

            Future.all(all).onComplete(test.succeedingThenComplete());
        });
    }

    @Test
    void a_result_arrives_on_the_context_that_submitted_the_read(VertxTestContext test) {
        ContextInternal first = ((ContextInternal) loop).duplicate();
        ContextInternal second = ((ContextInternal) loop).duplicate();
        var arrived = test.checkpoint(2);

        for (ContextInternal caller : List.of(first, second)) {
            caller.runOnContext(now -> submit().onComplete(test.succeeding(row -> test.verify(() -> {
                assertThat(Vertx.currentContext()).isSameAs(caller);
                arrived.flag();
            }))));
        }

        second.runOnContext(now -> List.copyOf(reads).forEach(read -> read.complete("row")));
    }
}
