package dev.nostrtrust.client;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Claims jobs, runs a handler for each, and reports the outcomes. It extends each claim while its job runs, and repeats
 * a report until a server has answered it. Runs on the context that started it.
 */
public final class JobWorker {
    private static final System.Logger LOG = System.getLogger(JobWorker.class.getName());
    private static final int MAX_CLAIM = 100;
    private static final Duration REST = Duration.ofSeconds(1);
    /** The time by which a server may answer before the end of the wait. */
    private static final Duration EARLY = Duration.ofMillis(100);

    private final Vertx vertx;
    private final Context context;
    private final WorkerOptions options;
    private final Function<ClaimedJob, Future<JobOutcome>> handler;
    private final ServerClient client;
    private final Backoff backoff;
    private final Set<JobRun> runs = new HashSet<>();
    private final Promise<Void> ended = Promise.promise();
    private Promise<Void> cancelClaim = Promise.promise();
    private boolean claiming;
    private boolean stopping;
    private @Nullable Throwable refusal;
    private long pauseTimer = -1;
    private long graceTimer = -1;
    /** The failure that was logged last; the same one is not logged again until a claim succeeds. */
    private String logged = "";

    private JobWorker(Vertx vertx, WorkerOptions options, Function<ClaimedJob, Future<JobOutcome>> handler) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.options = options;
        this.handler = handler;
        // One connection for the claim that waits, and one for each job.
        this.client = new ServerClient(
                vertx, options.servers(), options.token(), options.timeout(), 1 + options.concurrency());
        this.backoff = new Backoff(options.maxBackoff());
    }

    /**
     * Starts a worker. It retries while no server answers; see {@link #ended} for a token that is refused.
     *
     * @param handler does a job. It is called on the context of the worker and must not block it; see
     *     {@link #blocking}. The future may be completed on any thread. If the handler throws or its future fails, the
     *     job fails with {@code worker_error}. A job counts against the concurrency until the future is complete and
     *     the report is answered
     */
    public static JobWorker start(
            Vertx vertx, WorkerOptions options, Function<ClaimedJob, Future<JobOutcome>> handler) {
        JobWorker worker = new JobWorker(vertx, options, handler);
        worker.context.runOnContext(now -> worker.claim());
        return worker;
    }

    /** Does a job on a thread that it may block. If it throws, the job fails with {@code worker_error}. */
    public interface BlockingHandler {
        JobOutcome work(ClaimedJob job) throws Exception;
    }

    /**
     * A handler for {@link #start} that runs blocking code.
     *
     * @param executor runs each job, with as many threads as {@link WorkerOptions#concurrency}, or with virtual
     *     threads. On its threads, {@code job.output(text).await()} waits until the text is accepted
     */
    public static Function<ClaimedJob, Future<JobOutcome>> blocking(Executor executor, BlockingHandler handler) {
        return job -> {
            Promise<JobOutcome> outcome = Promise.promise();
            executor.execute(() -> {
                try {
                    outcome.complete(handler.work(job));
                } catch (Throwable e) {
                    outcome.fail(e);
                }
            });
            return outcome.future();
        };
    }

    /**
     * Stops the worker: it claims no more, running jobs have {@link WorkerOptions#grace} to end and be reported, and
     * the others are handed back. Any thread.
     *
     * @return completes on the caller's context when the worker has ended, at most two timeouts after the grace; fails
     *     as {@link #ended} does
     */
    public Future<Void> stop() {
        context.runOnContext(now -> end());
        Promise<Void> result = ((ContextInternal) vertx.getOrCreateContext()).promise();
        ended.future().onComplete(result);
        return result.future();
    }

    /**
     * Completes on the context of the worker when it has ended after {@link #stop}. Fails with one line if the token is
     * refused, at the start or later (401 or 403); running jobs have the grace to end.
     */
    public Future<Void> ended() {
        return ended.future();
    }

    private void claim() {
        int free = Math.min(options.concurrency() - runs.size(), MAX_CLAIM);
        if (stopping || claiming || free == 0) {
            return;
        }
        claiming = true;
        cancelClaim = Promise.promise();
        long began = System.nanoTime();
        JsonObject request = new JsonObject()
                .put("queues", new JsonArray(options.queues()))
                .put("max", free)
                .put("wait", options.claimWait().toSeconds());
        client.post("/api/jobs/claim", request, options.claimWait(), cancelClaim.future())
                .map(this::claims)
                .onSuccess(claims -> claimed(claims, Duration.ofNanos(System.nanoTime() - began)))
                .onFailure(this::claimFailed);
    }

    private List<Claim> claims(ServerAnswer answer) {
        return answer.body().getJsonArray("jobs").stream()
                .map(job -> new Claim(vertx, client, options.maxBackoff(), (JsonObject) job, answer.date()))
                .toList();
    }

    private void claimed(List<Claim> claims, Duration waited) {
        claiming = false;
        backoff.reset();
        logged = "";
        claims.forEach(this::run);
        if (stopping) {
            endIfIdle();
        } else if (claims.isEmpty() && waited.plus(EARLY).compareTo(options.claimWait()) < 0) {
            // The server has no room for waiting requests.
            pause(REST);
        } else {
            claim();
        }
    }

    private void run(Claim claim) {
        JobRun run = new JobRun(vertx, context, claim, options.maxBackoff(), this::rest);
        runs.add(run);
        run.ended().onComplete(done -> {
            runs.remove(run);
            claim();
            endIfIdle();
        });
        if (stopping) {
            run.release();
        } else {
            run.start(handler);
        }
    }

    private void claimFailed(Throwable cause) {
        claiming = false;
        if (stopping) {
            endIfIdle();
        } else if (cancelClaim.future().isComplete()) {
            pause(REST);
        } else if (ServerException.isTokenRefused(cause)) {
            refusal = cause;
            end();
        } else {
            if (!cause.toString().equals(logged)) {
                logged = cause.toString();
                LOG.log(Level.WARNING, "claims fail and are retried: {0}", logged);
            }
            pause(backoff.next(cause));
        }
    }

    /** A pause counts as a claim: no other begins before its end. */
    private void pause(Duration time) {
        claiming = true;
        pauseTimer = vertx.setTimer(time.toMillis(), now -> {
            claiming = false;
            claim();
        });
    }

    /** Claims nothing for a second, so that another worker gets the job that is handed back. */
    private void rest() {
        if (claiming) {
            cancelClaim.tryComplete();
        } else if (!stopping) {
            pause(REST);
        }
    }

    private void end() {
        if (stopping) {
            return;
        }
        stopping = true;
        cancelClaim.tryComplete();
        if (vertx.cancelTimer(pauseTimer)) {
            claiming = false;
        }
        graceTimer = vertx.setTimer(options.grace().toMillis(), now -> {
            List.copyOf(runs).forEach(JobRun::release);
            graceTimer = vertx.setTimer(
                    options.timeout().toMillis(), late -> List.copyOf(runs).forEach(JobRun::abandon));
        });
        endIfIdle();
    }

    private void endIfIdle() {
        if (stopping && !claiming && runs.isEmpty() && !ended.future().isComplete()) {
            vertx.cancelTimer(graceTimer);
            client.close().onComplete(closed -> {
                if (refusal == null) {
                    ended.tryComplete();
                } else {
                    ended.tryFail(refusal);
                }
            });
        }
    }
}
