package dev.nostrtrust.overload;

import dev.nostrtrust.overload.Admission.Precedence;
import io.vertx.core.Future;

/**
 * The permit of one request. The request may release it while it only waits, and acquire it again. After {@link #close}
 * or the end of the request it cannot be acquired, so no permit leaks. Belongs to one event loop.
 */
public final class Permit {
    private final Admission admission;
    private final Future<Void> requestEnd;
    private long acquiredNanos;
    private boolean held;
    private boolean closed;

    /**
     * Creates a permit that is not acquired.
     *
     * @param requestEnd completes when the request is answered or its client has gone
     */
    Permit(Admission admission, Future<Void> requestEnd) {
        this.admission = admission;
        this.requestEnd = requestEnd;
    }

    /** Acquires the permit unless it is held; returns false when none is free, or when the request has ended. */
    public boolean acquire(Precedence precedence) {
        if (!held && !closed && !requestEnd.isComplete() && admission.acquire(precedence)) {
            held = true;
            acquiredNanos = System.nanoTime();
        }
        return held;
    }

    /** Releases the permit if it is held. */
    public void release() {
        if (held) {
            held = false;
            long now = System.nanoTime();
            admission.release(now, now - acquiredNanos);
        }
    }

    /** Releases the permit for good. Meant for {@link Future#eventually}; may be called more than once. */
    public Future<Void> close() {
        closed = true;
        release();
        return Future.succeededFuture();
    }
}
