package dev.nostrtrust.overload;

import dev.nostrtrust.overload.Admission.Precedence;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * Queues database reads of long polls and event streams after a wake-up. One message may wake thousands; a few read at
 * a time, each with a permit, and the others queue. HTTP_WAITING bounds the queue. Belongs to one event loop.
 */
final class RereadQueue {
    /** One event loop runs at most this fraction of HTTP_IN_FLIGHT at a time. */
    private static final int FRACTION = 16;

    private final Vertx vertx;
    private final Admission admission;
    private final int limit;
    private final Queue<Runnable> queue = new ArrayDeque<>();
    private int running;
    private boolean starting;

    RereadQueue(Vertx vertx, Admission admission, int inFlight) {
        this.vertx = vertx;
        this.admission = admission;
        this.limit = Math.max(1, inFlight / FRACTION);
    }

    /** Runs a read when its turn comes; the result arrives on the caller's context. */
    <T> Future<T> submit(Supplier<Future<T>> read) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        Promise<T> result = context.promise();
        queue.add(() -> context.dispatch(() -> run(read).onComplete(result)));
        startNext();
        return result.future();
    }

    private <T> Future<T> run(Supplier<Future<T>> read) {
        long start = System.nanoTime();
        return Future.succeededFuture().compose(turn -> read.get()).eventually(() -> {
            long now = System.nanoTime();
            admission.release(now, now - start);
            running--;
            startNext();
            return Future.succeededFuture();
        });
    }

    // A read may complete before it returns. The loop then continues here instead of recursing.
    private void startNext() {
        if (starting) {
            return;
        }
        starting = true;
        while (running < limit && !queue.isEmpty() && admission.acquire(Precedence.WOKEN)) {
            running++;
            queue.remove().run();
        }
        starting = false;
    }
}
