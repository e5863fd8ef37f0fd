package dev.nostrtrust.observe;

import org.slf4j.Logger;

/**
 * What is done again and again may fail again and again: the log says when that begins and when it is over. Belongs to
 * one event loop.
 */
public final class FailureLog {
    private final Logger log;
    private final String what;
    private boolean failing;

    /**
     * None yet.
     *
     * @param what is done again and again, for the log: {@code the sweep of sessions}
     */
    public FailureLog(Logger log, String what) {
        this.log = log;
        this.what = what;
    }

    /** It failed: a warning the first time. */
    public void failed(Throwable error) {
        if (failing) {
            log.debug("{} still waits: {}", what, error.toString());
        } else {
            log.warn("{} waits for its next turn, until one succeeds: {}", what, error.toString());
        }
        failing = true;
    }

    /** It succeeded. */
    public void succeeded() {
        if (failing) {
            log.info("{} goes on", what);
        }
        failing = false;
    }
}
