package dev.nostrtrust.job;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.EffectiveTier;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job, bound at creation to the identity of its creator.
 *
 * @param sessionId the session of the job; null without a session
 * @param pubkey the identity; null for an anonymous job
 * @param queue the queue that its creator chose
 * @param request the request as JSON text
 * @param outcome the report of the worker
 * @param progress the latest progress of the latest claim as JSON text; null if there is none
 * @param fence the fencing token of the latest claim, which a report must carry. It grows with each claim by a random
 *     number; 0 before the first claim
 * @param attempts the number of claims that were not handed back
 * @param releases the number of claims that were handed back
 * @param worker the subject of the token of the latest claim; null before the first claim
 * @param leaseUntil the end of the latest lease; null for a queued job
 * @param deadline the time at which a queued job expires; null only for jobs of releases without a default deadline
 */
record Job(
        UUID id,
        @Nullable UUID sessionId,
        @Nullable PublicKey pubkey,
        String queue,
        JobState state,
        String request,
        Outcome outcome,
        @Nullable String progress,
        long fence,
        int attempts,
        int releases,
        @Nullable String worker,
        @Nullable Instant leaseUntil,
        @Nullable Instant deadline,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt) {

    /**
     * The report of a worker; all fields are null without a report.
     *
     * @param result the result as JSON text
     * @param satsCost the amount that the operator keeps
     * @param satsAbsorbed the amount that the operator paid for the identity
     * @param satsLost the loss of a failure
     * @param reason the reason of a failure or of a cancellation
     */
    record Outcome(
            @Nullable String result,
            @Nullable Long satsCost,
            @Nullable Long satsAbsorbed,
            @Nullable Long satsLost,
            @Nullable String reason) {
        static final Outcome NONE = new Outcome(null, null, null, null, null);
    }

    /** This job at a time. A queued job is expired from its deadline on, even before a sweep marks it. */
    Job at(Instant now) {
        return state == JobState.QUEUED && deadline != null && !now.isBefore(deadline)
                ? with(JobState.EXPIRED, progress, deadline)
                : this;
    }

    /** This job without its progress. */
    Job withoutProgress() {
        return with(state, null, finishedAt);
    }

    private Job with(JobState newState, @Nullable String newProgress, @Nullable Instant newFinishedAt) {
        return new Job(
                id,
                sessionId,
                pubkey,
                queue,
                newState,
                request,
                outcome,
                newProgress,
                fence,
                attempts,
                releases,
                worker,
                leaseUntil,
                deadline,
                createdAt,
                startedAt,
                newFinishedAt);
    }

    /** The JSON for every client with the id of the job. */
    Json.Obj toJson(EffectiveTier tier) {
        return fields(tier).build();
    }

    /** The JSON for the worker that claimed the job. */
    Json.Obj toClaimJson(EffectiveTier tier) {
        return fields(tier)
                .put("fence", fence)
                .put("lease_until", leaseUntil)
                .put("attempts", attempts)
                .build();
    }

    /** The JSON in lists of workers and operators. */
    Json.Obj toListJson(EffectiveTier tier) {
        return fields(tier)
                .put("worker", worker)
                .put("lease_until", leaseUntil)
                .put("attempts", attempts)
                .build();
    }

    private Json.Obj.Builder fields(EffectiveTier tier) {
        Json.Obj.Builder fields = Json.object()
                .put("id", id.toString())
                .put("queue", queue)
                .put("state", state.code())
                .put("session_id", sessionId == null ? null : sessionId.toString())
                .put("nostr_pubkey", pubkey == null ? null : pubkey.hex());
        return tier.addTo(fields)
                .put("request", new Json.Raw(request))
                .put("result", outcome.result == null ? Json.Null.NULL : new Json.Raw(outcome.result))
                .put("progress", progress == null ? Json.Null.NULL : new Json.Raw(progress))
                .put("sats_cost", outcome.satsCost)
                .put("sats_absorbed", outcome.satsAbsorbed)
                .put("sats_lost", outcome.satsLost)
                .put("reason", outcome.reason)
                .put("deadline", deadline)
                .put("created_at", createdAt)
                .put("started_at", startedAt)
                .put("finished_at", finishedAt);
    }
}
