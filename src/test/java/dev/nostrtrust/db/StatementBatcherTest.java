package dev.nostrtrust.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.error.ApiError;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatementBatcherTest {
    private final List<List<String>> begun = new ArrayList<>();
    private final List<Promise<List<String>>> statements = new ArrayList<>();
    private final StatementBatcher<String, String> queue = new StatementBatcher<>(3, together -> {
        begun.add(together);
        Promise<List<String>> statement = Promise.promise();
        statements.add(statement);
        return statement.future();
    });

    private void answer(int statement) {
        statements
                .get(statement)
                .complete(begun.get(statement).stream()
                        .map(question -> question + "!")
                        .toList());
    }

    @Test
    void those_who_come_meanwhile_share_the_next_statement() {
        List<Future<String>> all =
                List.of("a", "b", "c", "d", "e").stream().map(queue::ask).toList();
        assertThat(begun).containsExactly(List.of("a"));

        answer(0);
        assertThat(begun).containsExactly(List.of("a"), List.of("b", "c", "d"));
        answer(1);
        answer(2);

        assertThat(begun).hasSize(3).last().isEqualTo(List.of("e"));
        assertThat(all).extracting(Future::result).containsExactly("a!", "b!", "c!", "d!", "e!");
    }

    @Test
    void the_next_statement_is_on_its_way_before_answers_are_worked_with() {
        List<Integer> seen = new ArrayList<>();
        queue.ask("a").onSuccess(answer -> seen.add(begun.size()));
        queue.ask("b");

        answer(0);

        assertThat(seen).containsExactly(2);
    }

    @Test
    void a_failure_is_that_of_all_who_shared_the_statement_and_of_nobody_else() {
        Future<String> first = queue.ask("a");
        Future<String> second = queue.ask("b");

        statements.get(0).fail(new IllegalStateException("away"));
        answer(1);

        assertThat(first.cause()).hasMessage("away");
        assertThat(second.result()).isEqualTo("b!");
    }

    @Test
    void a_statement_that_throws_does_not_stop_the_queue() {
        List<String> asked = new ArrayList<>();
        StatementBatcher<String, String> throwing = new StatementBatcher<>(3, together -> {
            asked.addAll(together);
            throw new IllegalStateException("thrown");
        });

        Future<String> first = throwing.ask("a");
        Future<String> second = throwing.ask("b");

        assertThat(first.cause()).hasMessage("thrown");
        assertThat(second.cause()).hasMessage("thrown");
        assertThat(asked).containsExactly("a", "b");
    }

    @Test
    void each_answer_arrives_on_the_context_that_asked_and_a_statement_runs_on_that_of_its_first_question()
            throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            ContextInternal loop = (ContextInternal) vertx.getOrCreateContext();
            ContextInternal a = loop.duplicate();
            ContextInternal b = loop.duplicate();
            ContextInternal c = loop.duplicate();
            Map<String, ContextInternal> askers = new TreeMap<>(Map.of("a", a, "b", b, "c", c));
            Map<String, Context> answered = new ConcurrentHashMap<>();
            List<Context> ran = new CopyOnWriteArrayList<>();
            Promise<List<String>> first = Promise.promise();
            StatementBatcher<String, String> shared = new StatementBatcher<>(3, together -> {
                ran.add(Vertx.currentContext());
                return together.equals(List.of("a")) ? first.future() : Future.succeededFuture(together);
            });
            askers.forEach((name, asker) -> asker.runOnContext(
                    now -> shared.ask(name).onSuccess(answer -> answered.put(answer, Vertx.currentContext()))));

            a.runOnContext(now -> first.complete(List.of("a")));
            Waiting.until(() -> answered.size() == 3);

            assertThat(answered).isEqualTo(askers);
            assertThat(ran).containsExactly(a, b);
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void more_than_ten_batches_may_not_wait() {
        queue.ask("under way");
        List<Future<String>> waiting =
                IntStream.range(0, 30).mapToObj(i -> queue.ask("q" + i)).toList();

        Future<String> surplus = queue.ask("one too many");

        assertThat(waiting).noneMatch(Future::isComplete);
        assertThat(surplus.cause()).isInstanceOf(ApiError.class).hasMessageContaining("waiting");
    }
}
