package dev.nostrtrust.db;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lets questions that arrive together share one statement and one commit: while a statement is under way, new questions
 * wait for the next. Each answer arrives on the context of its question. Belongs to one event loop.
 *
 * @param <Q> what each asks
 * @param <A> what each is answered
 */
public final class StatementBatcher<Q, A> {
    private static final int WAITING_BATCHES = 10;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Function<List<Q>, Future<List<A>>> statement;
    private final int batch;
    private final Queue<Waiting<Q, A>> waiting = new ArrayDeque<>();
    private boolean underWay;

    /** A question, the context that asked it, if any, and the promise of its answer on that context. */
    private record Waiting<Q, A>(Q question, @Nullable ContextInternal context, Promise<A> answer) {
        static <Q, A> Waiting<Q, A> of(Q question) {
            ContextInternal context = ContextInternal.current();
            return new Waiting<>(question, context, context == null ? Promise.promise() : context.promise());
        }

        <T> Future<T> succeeded(T value) {
            return context == null ? Future.succeededFuture(value) : context.succeededFuture(value);
        }
    }

    /**
     * Makes an empty queue.
     *
     * @param batch how many share a statement at most; ten times as many may wait
     * @param statement answers each for itself, in the order given
     */
    public StatementBatcher(int batch, Function<List<Q>, Future<List<A>>> statement) {
        this.batch = batch;
        this.statement = statement;
    }

    /** Asks with the next statement; fails with {@code overloaded} when too many wait already. */
    public Future<A> ask(Q question) {
        if (waiting.size() >= batch * WAITING_BATCHES) {
            return Future.failedFuture(ApiError.unavailable(
                    ErrorCode.OVERLOADED,
                    "More requests of this kind are waiting than the server takes on.",
                    RETRY_AFTER));
        }
        Waiting<Q, A> asked = Waiting.of(question);
        waiting.add(asked);
        next();
        return asked.answer().future();
    }

    private void next() {
        if (underWay || waiting.isEmpty()) {
            return;
        }
        List<Waiting<Q, A>> together = new ArrayList<>();
        while (together.size() < batch && !waiting.isEmpty()) {
            together.add(waiting.remove());
        }
        underWay = true;
        // Composed, so that a statement that throws fails like any other and does not stop the queue. The next
        // statement
        // is sent before the answers of this one are delivered. The statement runs on the context of its first
        // question.
        together.get(0)
                .succeeded(together.stream().map(Waiting::question).toList())
                .compose(statement)
                .onComplete(done -> {
                    underWay = false;
                    next();
                })
                .onComplete(
                        answers -> {
                            for (int i = 0; i < together.size(); i++) {
                                together.get(i).answer().complete(answers.get(i));
                            }
                        },
                        failure -> together.forEach(each -> each.answer().fail(failure)));
    }
}
