package dev.nostrtrust.db;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Batches requests into one statement and one commit. While a statement runs, new requests wait for the next one. Each
 * result arrives on the context of its request. Any thread.
 *
 * @param <Q> type of a request
 * @param <A> type of a result
 */
public final class StatementBatcher<Q, A> {
    private static final int MAX_WAITING_BATCHES = 10;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Function<List<Q>, Future<List<A>>> statement;
    private final int batch;
    private final Queue<Waiting<Q, A>> waiting = new ArrayDeque<>();
    private boolean running;

    /** A request, its context, if any, and the promise of its result on that context. */
    private record Waiting<Q, A>(Q request, @Nullable ContextInternal context, Promise<A> result) {
        static <Q, A> Waiting<Q, A> of(Q request) {
            ContextInternal context = ContextInternal.current();
            return new Waiting<>(request, context, context == null ? Promise.promise() : context.promise());
        }

        <T> Future<T> succeeded(T value) {
            return context == null ? Future.succeededFuture(value) : context.succeededFuture(value);
        }
    }

    /**
     * Creates an empty batcher.
     *
     * @param batch most requests in a statement; ten batches may wait
     * @param statement returns one result per request, in the same order
     */
    public StatementBatcher(int batch, Function<List<Q>, Future<List<A>>> statement) {
        this.batch = batch;
        this.statement = statement;
    }

    /** Adds a request to the next statement; fails with {@code overloaded} if ten batches wait. */
    public Future<A> submit(Q request) {
        Waiting<Q, A> waiter = Waiting.of(request);
        synchronized (waiting) {
            if (waiting.size() >= batch * MAX_WAITING_BATCHES) {
                return Future.failedFuture(ApiError.unavailable(
                        ErrorCode.OVERLOADED,
                        "Too many requests of this kind are waiting. Send the request again later.",
                        RETRY_AFTER));
            }
            waiting.add(waiter);
            if (running) {
                return waiter.result().future();
            }
            running = true;
        }
        startNext();
        return waiter.result().future();
    }

    /** The next batch; empty if none waits, and then no statement runs. */
    private List<Waiting<Q, A>> next() {
        synchronized (waiting) {
            List<Waiting<Q, A>> requests = new ArrayList<>(Math.min(batch, waiting.size()));
            while (requests.size() < batch && !waiting.isEmpty()) {
                requests.add(waiting.remove());
            }
            running = !requests.isEmpty();
            return requests;
        }
    }

    private void startNext() {
        List<Waiting<Q, A>> requests = next();
        if (requests.isEmpty()) {
            return;
        }
        // compose turns an exception into a failed future, so that the queue continues. The next statement is sent
        // before the results of this one are delivered. A statement runs on the context of its first request.
        run(requests)
                .onComplete(done -> startNext())
                .onComplete(
                        results -> {
                            for (int i = 0; i < requests.size(); i++) {
                                requests.get(i).result().complete(results.get(i));
                            }
                        },
                        failure -> fail(requests, failure));
    }

    private Future<List<A>> run(List<Waiting<Q, A>> requests) {
        return requests.get(0)
                .succeeded(requests.stream().map(Waiting::request).toList())
                .compose(statement)
                .map(results -> {
                    if (results.size() != requests.size()) {
                        throw new IllegalStateException(
                                results.size() + " results for " + requests.size() + " requests");
                    }
                    return results;
                });
    }

    /** Fails the requests. If PostgreSQL refused the data of one of them, each is tried alone, one after the other. */
    private void fail(List<Waiting<Q, A>> requests, Throwable failure) {
        if (requests.size() == 1 || !(failure instanceof PgException)) {
            requests.forEach(each -> each.result().fail(failure));
            return;
        }
        Future<?> last = Future.succeededFuture();
        for (Waiting<Q, A> each : requests) {
            last = last.transform(
                    done -> run(List.of(each)).map(alone -> alone.get(0)).onComplete(each.result()));
        }
    }
}
