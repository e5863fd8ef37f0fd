package dev.nostrtrust.client;

import io.vertx.core.json.JsonObject;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The end of a job, which the worker reports. Amounts are in sats. */
public final class JobOutcome {
    private static final JobOutcome RELEASE = new JobOutcome("release", new JsonObject());

    private final String action;
    private final JsonObject fields;

    /** Why a job failed. All but the last two are faults of the user. */
    public enum Reason {
        UNPAID,
        EXPIRED,
        ABUSE,
        POLICY_REJECTED,
        CANCELLED_LATE,
        PAYMENT_REVERSED,
        WORKER_ERROR,
        PLATFORM_ERROR
    }

    private JobOutcome(String action, JsonObject fields) {
        this.action = action;
        // Later changes of a result have no effect, and a value that is not JSON is refused here.
        this.fields = new JsonObject(fields.encode());
    }

    /**
     * The job is done.
     *
     * @param satsCost the sats that you irrevocably keep
     * @param result any JSON value, at most {@code JOB_RESULT_LIMIT} of the server; null for none
     * @throws RuntimeException if the result is not JSON
     */
    public static JobOutcome complete(long satsCost, @Nullable Object result) {
        return new JobOutcome(
                "complete", new JsonObject().put("sats_cost", satsCost).put("result", result));
    }

    /**
     * The job is done, and the operator paid a part.
     *
     * @param satsCost the sats that you irrevocably keep
     * @param satsAbsorbed the sats that the operator paid for the key
     * @param result any JSON value, at most {@code JOB_RESULT_LIMIT} of the server; null for none
     * @throws RuntimeException if the result is not JSON
     */
    public static JobOutcome complete(long satsCost, long satsAbsorbed, @Nullable Object result) {
        return new JobOutcome(
                "complete",
                new JsonObject()
                        .put("sats_cost", satsCost)
                        .put("sats_absorbed", satsAbsorbed)
                        .put("result", result));
    }

    /** The job has failed. */
    public static JobOutcome fail(Reason reason) {
        return new JobOutcome("fail", reasonOf(reason));
    }

    /**
     * The job has failed with a loss.
     *
     * @param sats the amount of the loss
     */
    public static JobOutcome fail(Reason reason, long sats) {
        return new JobOutcome("fail", reasonOf(reason).put("sats", sats));
    }

    /** The worker hands the job back; another one may do it. The attempt does not count. */
    public static JobOutcome release() {
        return RELEASE;
    }

    private static JsonObject reasonOf(Reason reason) {
        return new JsonObject().put("reason", reason.name().toLowerCase(Locale.ROOT));
    }

    /** The last part of the path of the report. */
    String action() {
        return action;
    }

    /** The fields of the report. */
    JsonObject fields() {
        return fields;
    }

    boolean isRelease() {
        return this == RELEASE;
    }
}
