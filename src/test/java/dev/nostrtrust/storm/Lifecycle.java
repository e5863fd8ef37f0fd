package dev.nostrtrust.storm;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Orders a job as a customer, then claims and completes it as a worker. */
final class Lifecycle implements Visit {
    private final byte[] order;
    private final String worker;
    private final Consumer<String> completed;
    private @Nullable String job;
    private boolean claimed;

    /**
     * Makes one that has not begun.
     *
     * @param order the request that orders the job
     * @param worker the worker's header
     * @param completed receives the id of the job when its completion is answered
     */
    Lifecycle(byte[] order, String worker, Consumer<String> completed) {
        this.order = order;
        this.worker = worker;
        this.completed = completed;
    }

    @Override
    public byte[] first() {
        return order;
    }

    @Override
    public byte @Nullable [] next(Response answer) {
        if (job == null) {
            job = answer.text("id");
            return Requests.post("/api/jobs/" + job + "/claim", worker, "");
        }
        if (!claimed) {
            claimed = true;
            String body = "{\"fence\":" + answer.number("fence") + ",\"sats_cost\":21}";
            return Requests.post("/api/jobs/" + job + "/complete", worker, body);
        }
        completed.accept(job);
        return null;
    }
}
