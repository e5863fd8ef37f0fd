package dev.nostrtrust.client;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/** Runs the handler for one claim and reports its outcome. Belongs to the context of the worker. */
final class JobRun {
    private static final System.Logger LOG = System.getLogger(JobRun.class.getName());
    private static final JobOutcome WORKER_ERROR = JobOutcome.fail(JobOutcome.Reason.WORKER_ERROR);

    private final Context context;
    private final Claim claim;
    private final Heartbeats heartbeats;
    private final OutputQueue output;
    private final ClaimedJob job;
    private final Runnable beforeRelease;
    private final Promise<Void> ended = Promise.promise();
    private boolean reporting;
    private boolean releasing;

    /**
     * Creates a run.
     *
     * @param beforeRelease is called before the job is handed back because its handler wants that
     */
    JobRun(Vertx vertx, Context context, Claim claim, Duration maxBackoff, Runnable beforeRelease) {
        this.context = context;
        this.claim = claim;
        this.heartbeats = new Heartbeats(vertx, claim, maxBackoff);
        this.output = new OutputQueue(claim);
        this.job = new ClaimedJob(vertx, context, claim, heartbeats, output);
        this.beforeRelease = beforeRelease;
        claim.lost().onSuccess(reason -> {
            heartbeats.stop();
            LOG.log(Level.INFO, "the claim on job {0} is lost: {1}", claim.id(), reason);
        });
    }

    /** Completes when the outcome is reported, or the claim is lost and the handler has ended. Never fails. */
    Future<Void> ended() {
        return ended.future();
    }

    void start(Function<ClaimedJob, Future<JobOutcome>> handler) {
        // compose turns an exception into a failed future. A turn of its own, so that output of the handler comes
        // first.
        Future.succeededFuture(job)
                .compose(claimed -> Objects.requireNonNull(handler.apply(claimed), "the handler returned no future"))
                .onComplete(outcome -> context.runOnContext(now -> handled(outcome)));
    }

    /** Hands the job back, unless its outcome is being reported. */
    void release() {
        if (!reporting) {
            releasing = true;
            claim.lose("stopped");
            claim.repeat("release", new JsonObject()).onComplete(answer -> end());
        }
    }

    /** Ends the repetition of an unanswered request. */
    void abandon() {
        claim.abandon();
    }

    private void handled(AsyncResult<JobOutcome> handled) {
        JobOutcome outcome = handled.result();
        if (handled.failed() && !claim.isLost()) {
            LOG.log(Level.ERROR, "the handler of job " + claim.id() + " fails", handled.cause());
        } else if (outcome == null && !claim.isLost()) {
            LOG.log(Level.ERROR, "the handler of job {0} returned no outcome", claim.id());
        }
        output.finish()
                .compose(sent -> {
                    if (claim.isLost()) {
                        return Future.succeededFuture();
                    }
                    reporting = true;
                    claim.settle();
                    return report(outcome == null ? WORKER_ERROR : outcome);
                })
                .onFailure(e ->
                        LOG.log(Level.ERROR, "the outcome of job {0} is not reported: {1}", claim.id(), e.toString()))
                .onComplete(reported -> {
                    if (!releasing) {
                        end();
                    }
                });
    }

    private Future<ServerAnswer> report(JobOutcome outcome) {
        if (outcome.isRelease()) {
            beforeRelease.run();
        }
        Future<ServerAnswer> answer = claim.repeat(outcome.action(), outcome.fields());
        return outcome == WORKER_ERROR ? answer : answer.recover(e -> reportRefusal(e));
    }

    /** A report that no server takes, such as one that is too large, is replaced, or the job would be repeated. */
    private Future<ServerAnswer> reportRefusal(Throwable refusal) {
        if (!ServerException.isFinal(refusal)
                || ServerException.isClaimLost(refusal)
                || ServerException.isTokenRefused(refusal)) {
            return Future.failedFuture(refusal);
        }
        LOG.log(Level.ERROR, "job {0} fails because of its report: {1}", claim.id(), refusal.toString());
        return report(WORKER_ERROR);
    }

    private void end() {
        heartbeats.stop();
        ended.tryComplete();
    }
}
