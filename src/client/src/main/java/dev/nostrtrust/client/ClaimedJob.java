package dev.nostrtrust.client;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;

/** A job that a {@link JobWorker} has claimed, for its handler. Any thread. */
public final class ClaimedJob {
    private static final int MAX_PROGRESS = 4096;

    private final Vertx vertx;
    private final Context context;
    private final Claim claim;
    private final Heartbeats heartbeats;
    private final OutputQueue output;

    ClaimedJob(Vertx vertx, Context context, Claim claim, Heartbeats heartbeats, OutputQueue output) {
        this.vertx = vertx;
        this.context = context;
        this.claim = claim;
        this.heartbeats = heartbeats;
        this.output = output;
    }

    /** The id, a UUID. */
    public String id() {
        return claim.id();
    }

    /** The queue that the job was in. */
    public String queue() {
        return claim.json().getString("queue");
    }

    /** The request as the user sent it. */
    public JsonObject request() {
        return claim.json().getJsonObject("request");
    }

    /** The number of claims of the job that were not handed back, from 1. */
    public int attempts() {
        return claim.json().getInteger("attempts");
    }

    /** The complete answer to the claim, such as {@code nostr_pubkey}, {@code trust_tier} and {@code deadline}. */
    public JsonObject json() {
        return claim.json();
    }

    /**
     * Shows progress to the user. It is sent at most once a second; the newest value replaces one that was not sent.
     *
     * @param progress a JSON value of at most 4,096 bytes
     * @throws RuntimeException if it is not JSON, or is larger
     */
    public void progress(Object progress) {
        String json = Json.encode(progress);
        if (json.getBytes(StandardCharsets.UTF_8).length > MAX_PROGRESS) {
            throw new IllegalArgumentException("progress has more than " + MAX_PROGRESS + " bytes");
        }
        Object copy = Json.decodeValue(json);
        context.runOnContext(now -> heartbeats.progress(copy));
    }

    /**
     * Appends text to the output, which the user reads while the job runs. Chunks arrive in the order of the calls,
     * each once. All output is sent before the outcome is reported.
     *
     * @param text of any length
     * @return completes on the caller's context when a server has accepted the text. Fails if a server refuses it, such
     *     as for more output than {@code JOB_RESULT_LIMIT}, if the claim is lost, or if more than 1,048,576 characters
     *     are not accepted yet. A handler that ignores the future completes its job with the output that was accepted
     */
    public Future<Void> output(String text) {
        Promise<Void> result = ((ContextInternal) vertx.getOrCreateContext()).promise();
        context.runOnContext(now -> output.add(text).onComplete(result));
        return result.future();
    }

    /**
     * Completes when the claim is lost: another worker may do the job, or nobody. The handler should stop; its outcome
     * is not reported. The value is the state in which the job ended ({@code cancelled}, {@code expired}), or the
     * server's error code such as {@code stale_fence}, or {@code stopped} if {@link JobWorker#stop} hands the job back.
     * Completes on the context of the worker.
     */
    public Future<String> lost() {
        return claim.lost();
    }

    /** Whether the claim is lost. */
    public boolean isLost() {
        return claim.isLost();
    }
}
