package dev.nostrtrust.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.ApiError;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class StatementBatcherTest {
    private final List<List<String>> started = new ArrayList<>();
    private final List<Promise<List<String>>> statements = new ArrayList<>();
    private final StatementBatcher<String, String> queue = new StatementBatcher<>(3, batch -> {
        started.add(batch);
        Promise<List<String>> statement = Promise.promise();
        statements.add(statement);
        return statement.future();
    });

    private void answer(int statement) {
        statements
                .get(statement)
                .complete(started.get(statement).stream()
                        .map(request -> request + "!")
                        .toList());
    }

    @Test
    void requests_that_arrive_meanwhile_share_the_next_statement() {
        List<Future<String>> all =
                List.of("a", "b", "c", "d", "e").stream().map(queue::submit).toList();
        assertThat(started).containsExactly(List.of("a"));

        answer(0);
        assertThat(started).containsExactly(List.of("a"), List.of("b", "c", "d"));
        answer(1);
        answer(2);

        assertThat(started).hasSize(3).last().isEqualTo(List.of("e"));
        assertThat(all).extracting(Future::result).containsExactly("a!", "b!", "c!", "d!", "e!");
    }

    @Test
    void the_next_statement_is_sent_before_results_are_delivered() {
        List<Integer> seen = new ArrayList<>();
        queue.submit("a").onSuccess(answer -> seen.add(started.size()));
        queue.submit("b");

        answer(0);

        assertThat(seen).containsExactly(2);
    }

    @Test
    void a_failure_affects_only_the_requests_of_its_statement() {
        Future<String> first = queue.submit("a");
        Future<String> second = queue.submit("b");

        statements.get(0).fail(new IllegalStateException("away"));
        answer(1);

        assertThat(first.cause()).hasMessage("away");
        assertThat(second.result()).isEqualTo("b!");
    }

    @Test
    void each_request_of_a_statement_that_postgresql_refuses_is_tried_alone_in_turn() {
        queue.submit("a");
        Future<String> bad = queue.submit("bad");
        Future<String> good = queue.submit("good");
        answer(0);

        statements.get(1).fail(refusal());
        assertThat(started).last().isEqualTo(List.of("bad"));
        statements.get(2).fail(refusal());
        assertThat(started).last().isEqualTo(List.of("good"));
        answer(3);

        assertThat(bad.cause()).hasMessageContaining("invalid byte sequence");
        assertThat(good.result()).isEqualTo("good!");
    }

    private static PgException refusal() {
        return new PgException("invalid byte sequence", "ERROR", "22021", null);
    }

    @Test
    void after_another_failure_nothing_is_tried_again() {
        queue.submit("a");
        Future<String> second = queue.submit("b");
        Future<String> third = queue.submit("c");
        answer(0);

        statements.get(1).fail(new TimeoutException("late"));

        assertThat(second.cause()).hasMessage("late");
        assertThat(third.cause()).hasMessage("late");
        assertThat(started).hasSize(2);
    }

    @Test
    void a_statement_with_too_few_results_fails() {
        Future<String> first = queue.submit("a");

        statements.get(0).complete(List.of());

        assertThat(first.cause()).hasMessage("0 results for 1 requests");
    }

    @Test
    void a_statement_that_throws_does_not_stop_the_queue() {
        List<String> asked = new ArrayList<>();
        StatementBatcher<String, String> throwing = new StatementBatcher<>(3, batch -> {
            asked.addAll(batch);
            throw new IllegalStateException("thrown");
        });

        Future<String> first = throwing.submit("a");
        Future<String> second = throwing.submit("b");

        assertThat(first.cause()).hasMessage("thrown");
        assertThat(second.cause()).hasMessage("thrown");
        assertThat(asked).containsExactly("a", "b");
    }

    @Test
    void each_result_arrives_on_its_context_and_a_statement_runs_on_that_of_its_first_request(
            Vertx vertx, VertxTestContext context) throws InterruptedException {
        ContextInternal loop = (ContextInternal) vertx.getOrCreateContext();
        ContextInternal a = loop.duplicate();
        ContextInternal b = loop.duplicate();
        ContextInternal c = loop.duplicate();
        Map<String, ContextInternal> askers = new TreeMap<>(Map.of("a", a, "b", b, "c", c));
        Map<String, Context> answered = new ConcurrentHashMap<>();
        List<Context> ran = new CopyOnWriteArrayList<>();
        Checkpoint answers = context.checkpoint(3);
        Promise<List<String>> first = Promise.promise();
        StatementBatcher<String, String> shared = new StatementBatcher<>(3, batch -> {
            ran.add(Vertx.currentContext());
            return batch.equals(List.of("a")) ? first.future() : Future.succeededFuture(batch);
        });
        askers.forEach(
                (name, asker) -> asker.runOnContext(now -> shared.submit(name).onComplete(context.succeeding(answer -> {
                    answered.put(answer, Vertx.currentContext());
                    answers.flag();
                }))));

        a.runOnContext(now -> first.complete(List.of("a")));

        assertThat(context.awaitCompletion(60, TimeUnit.SECONDS)).isTrue();
        assertThat(answered).isEqualTo(askers);
        assertThat(ran).containsExactly(a, b);
    }

    @Test
    void at_most_ten_batches_wait() {
        queue.submit("under way");
        List<Future<String>> waiting =
                IntStream.range(0, 30).mapToObj(i -> queue.submit("q" + i)).toList();

        Future<String> refused = queue.submit("refused");

        assertThat(waiting).noneMatch(Future::isComplete);
        assertThat(refused.cause()).isInstanceOf(ApiError.class).hasMessageContaining("waiting");
    }
}
