package dev.nostrtrust.observe;

import org.slf4j.Logger;

/**
 * Logs the failures of a repeated task: a warning for the first failure, a line for the recovery. Belongs to one event
 * loop.
 */
public final class FailureLog {
    private final Logger log;
    private final String task;
    private boolean failing;

    /**
     * Creates a log without failures.
     *
     * @param task name of the task in the log, such as {@code the sweep of sessions}
     */
    public FailureLog(Logger log, String task) {
        this.log = log;
        this.task = task;
    }

    /** Records a failure. */
    public void failed(Throwable error) {
        if (failing) {
            log.debug("{} still fails: {}", task, error.toString());
        } else {
            log.warn("{} failed and will be retried: {}", task, error.toString());
        }
        failing = true;
    }

    /** Records a success. */
    public void succeeded() {
        if (failing) {
            log.info("{} succeeds again", task);
        }
        failing = false;
    }
}
