package dev.nostrtrust.overload;

import dev.nostrtrust.overload.Admission.Precedence;
import io.vertx.core.Future;

/**
 * The permit of one request. The request may hold it, give it back while it only waits, and take it again. {@link #end}
 * gives it back for good: who asks after that gets none, so no permit can be taken that nobody gives back. Belongs to
 * one event loop.
 */
public final class Permit {
    /** Under which a request's context has its permit. */
    public static final String KEY = "place";

    private final Admission admission;
    private long taken;
    private boolean held;
    private boolean ended;

    Permit(Admission admission) {
        this.admission = admission;
    }

    /** Takes the permit, unless the request holds it already; false where there is none, or the request is over. */
    public boolean take(Precedence precedence) {
        if (ended) {
            return false;
        }
        if (!held && admission.enter(precedence)) {
            held = true;
            taken = System.nanoTime();
        }
        return held;
    }

    /** Gives the permit back, if the request holds it. */
    public void giveBack() {
        if (held) {
            held = false;
            long now = System.nanoTime();
            admission.leave(now, now - taken);
        }
    }

    /** Gives the permit back and hands out no further one. Called at least once for each request, and may be again. */
    public Future<Void> end() {
        ended = true;
        giveBack();
        return Future.succeededFuture();
    }
}
