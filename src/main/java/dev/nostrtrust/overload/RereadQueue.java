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
 * What waiting polls and event streams ask the database when they are woken. Thousands may be woken at once; a few of
 * them ask at a time, each with a permit, and the others wait for their turn. The queue is as long as HTTP_WAITING
 * allows. Belongs to one event loop.
 */
public final class RereadQueue {
    /** One event loop takes up to one part in so many of HTTP_IN_FLIGHT for these. */
    private static final int SHARE = 16;

    private final Vertx vertx;
    private final Admission admission;
    private final int most;
    private final Queue<Runnable> turns = new ArrayDeque<>();
    private int running;
    private boolean starting;

    RereadQueue(Vertx vertx, Admission admission, int inFlight) {
        this.vertx = vertx;
        this.admission = admission;
        this.most = Math.max(1, inFlight / SHARE);
    }

    /** Asks when it is this one's turn. */
    public <T> Future<T> ask(Supplier<Future<T>> look) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        Promise<T> answer = context.promise();
        turns.add(() -> context.dispatch(() -> run(look).onComplete(answer)));
        startNext();
        return answer.future();
    }

    private <T> Future<T> run(Supplier<Future<T>> look) {
        long taken = System.nanoTime();
        return Future.succeededFuture().compose(turn -> look.get()).eventually(() -> {
            long now = System.nanoTime();
            admission.leave(now, now - taken);
            running--;
            startNext();
            return Future.succeededFuture();
        });
    }

    // A look may end before it returns: then the loop goes on here, and not one call deeper for each look.
    private void startNext() {
        if (starting) {
            return;
        }
        starting = true;
        while (running < most && !turns.isEmpty() && admission.enter(Precedence.WOKEN)) {
            running++;
            turns.remove().run();
        }
        starting = false;
    }
}
