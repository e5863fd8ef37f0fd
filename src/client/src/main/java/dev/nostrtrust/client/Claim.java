package dev.nostrtrust.client;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The claim on one job: sends requests with its fence. Belongs to the context of the worker. */
final class Claim {
    private static final System.Logger LOG = System.getLogger(Claim.class.getName());
    private static final Duration MIN_LEASE = Duration.ofMillis(100);

    private final Vertx vertx;
    private final ServerClient client;
    private final Duration maxBackoff;
    private final JsonObject json;
    private final String id;
    private final long fence;
    private final Promise<String> lost = Promise.promise();
    private final Set<Promise<ServerAnswer>> repeated = new HashSet<>();
    private Duration lease = MIN_LEASE;
    private boolean settled;

    /**
     * Creates a claim.
     *
     * @param json the claimed job
     * @param date the server's time when it sent the job
     */
    Claim(Vertx vertx, ServerClient client, Duration maxBackoff, JsonObject json, Instant date) {
        this.vertx = vertx;
        this.client = client;
        this.maxBackoff = maxBackoff;
        this.json = json;
        this.id = json.getString("id");
        this.fence = json.getLong("fence");
        readLease(new ServerAnswer(json, date));
    }

    String id() {
        return id;
    }

    JsonObject json() {
        return json;
    }

    /** The time from an answer of the server to the end of the lease. The clock of this machine does not matter. */
    Duration lease() {
        return lease;
    }

    /** Completes with the reason when the claim is lost. */
    Future<String> lost() {
        return lost.future();
    }

    boolean isLost() {
        return lost.future().isComplete();
    }

    /** Ends the claim: the work on the job should stop. Unanswered requests are not repeated. */
    void lose(String reason) {
        if (!settled && lost.tryComplete(reason)) {
            abandon();
        }
    }

    /** The handler has ended: from now on a refused heartbeat changes nothing. */
    void settle() {
        settled = true;
    }

    /** Ends the repetition of unanswered requests. */
    void abandon() {
        List.copyOf(repeated).forEach(request -> request.tryFail("the claim is lost, or the worker has stopped"));
    }

    /** Sends one request. */
    Future<ServerAnswer> send(String action, JsonObject fields) {
        return client.post(
                        "/api/jobs/" + id + "/" + action,
                        new JsonObject().put("fence", fence).mergeIn(fields))
                .onSuccess(this::readLease)
                .onFailure(e -> {
                    if (e instanceof ServerException refusal && ServerException.isClaimLost(refusal)) {
                        lose(refusal.lossReason());
                    }
                });
    }

    /** Sends a request until it is answered with 2xx or refused for good, or {@link #abandon} is called. */
    Future<ServerAnswer> repeat(String action, JsonObject fields) {
        Promise<ServerAnswer> answered = Promise.promise();
        repeated.add(answered);
        attempt(action, fields, new Backoff(maxBackoff), true, answered);
        return answered.future().onComplete(done -> repeated.remove(answered));
    }

    private void attempt(
            String action, JsonObject fields, Backoff backoff, boolean first, Promise<ServerAnswer> answered) {
        if (answered.future().isComplete()) {
            return;
        }
        send(action, fields).onSuccess(answered::tryComplete).onFailure(e -> {
            if (ServerException.isFinal(e)) {
                answered.tryFail(e);
                return;
            }
            if (first) {
                LOG.log(Level.WARNING, "{0} of job {1} is repeated: {2}", action, id, e.toString());
            }
            vertx.setTimer(backoff.next(e).toMillis(), now -> attempt(action, fields, backoff, false, answered));
        });
    }

    private void readLease(ServerAnswer answer) {
        if (answer.body().getValue("lease_until") instanceof String until) {
            Duration left = Duration.between(answer.date(), Instant.parse(until));
            lease = left.compareTo(MIN_LEASE) > 0 ? left : MIN_LEASE;
        }
    }
}
