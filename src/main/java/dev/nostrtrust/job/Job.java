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
 * @param output the size of the output
 * @param claims the claims of workers
 * @param deadline the time at which a queued job expires; null only for jobs of releases without a default deadline
 * @param deadlineChosen whether the creator chose the deadline, which then ends a running job, too
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
        Output output,
        Claims claims,
        @Nullable Instant deadline,
        boolean deadlineChosen,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt) {

    /**
     * The report of a worker; all fields are null without a report.
     *
     * @param result the result as JSON text; null, too, for a large result in an answer with several jobs
     * @param resultBytes the size of the result
     * @param satsCost the amount that the operator keeps
     * @param satsAbsorbed the amount that the operator paid for the identity
     * @param satsLost the loss of a failure
     * @param reason the reason of a failure or of a cancellation
     */
    record Outcome(
            @Nullable String result,
            @Nullable Long resultBytes,
            @Nullable Long satsCost,
            @Nullable Long satsAbsorbed,
            @Nullable Long satsLost,
            @Nullable String reason) {
        static final Outcome NONE = new Outcome(null, null, null, null, null, null);

        private Outcome withoutResult() {
            return new Outcome(null, resultBytes, satsCost, satsAbsorbed, satsLost, reason);
        }
    }

    /**
     * The output of a job, in chunks.
     *
     * @param count the number of chunks
     * @param start the number of chunks at the start of the latest claim
     * @param bytes the size of the chunks of the latest claim
     */
    record Output(int count, int start, int bytes) {
        static final Output NONE = new Output(0, 0, 0);

        /** The number of the next chunk of the latest claim, from 1. */
        int nextSeq() {
            return count - start + 1;
        }
    }

    /**
     * The claims of workers on a job.
     *
     * @param fence the fencing token of the latest claim, which a report must carry. It grows with each claim by a
     *     random number; 0 before the first claim
     * @param attempts the number of claims that were not handed back
     * @param releases the number of claims that were handed back
     * @param worker the subject of the token of the latest claim; null before the first claim
     * @param leaseUntil the end of the latest lease; null for a queued job
     * @param lastError why the latest failed attempt failed; null if there is none
     * @param availableAt the time from which a queued job can be claimed
     */
    record Claims(
            long fence,
            int attempts,
            int releases,
            @Nullable String worker,
            @Nullable Instant leaseUntil,
            @Nullable String lastError,
            Instant availableAt) {

        static Claims none(Instant createdAt) {
            return new Claims(0, 0, 0, null, null, null, createdAt);
        }

        int count() {
            return attempts + releases;
        }

        boolean isLatest(long asked, String subject) {
            return fence == asked && subject.equals(worker);
        }
    }

    /** A job as it is created. */
    static Job created(
            UUID id,
            @Nullable UUID sessionId,
            @Nullable PublicKey pubkey,
            String queue,
            String request,
            @Nullable Instant deadline,
            boolean deadlineChosen,
            Instant createdAt) {
        return new Job(
                id,
                sessionId,
                pubkey,
                queue,
                JobState.QUEUED,
                request,
                Outcome.NONE,
                null,
                Output.NONE,
                Claims.none(createdAt),
                deadline,
                deadlineChosen,
                createdAt,
                null,
                null);
    }

    /** This job as it was created. */
    Job asCreated() {
        return created(id, sessionId, pubkey, queue, request, deadline, deadlineChosen, createdAt);
    }

    /**
     * This job at a time. A queued job is expired from its deadline on, even before a sweep marks it. A running job is
     * not, because a report that has begun before may still be recorded.
     */
    Job at(Instant now) {
        return state == JobState.QUEUED ? refusedAt(now) : this;
    }

    /** This job as the reason why a change at this time was refused: it is expired from its deadline on. */
    Job refusedAt(Instant now) {
        boolean ends = state == JobState.QUEUED || (state == JobState.RUNNING && deadlineChosen);
        return ends && deadline != null && !now.isBefore(deadline)
                ? with(JobState.EXPIRED, outcome, progress, deadline)
                : this;
    }

    /** This job without its progress. */
    Job withoutProgress() {
        return with(state, outcome, null, finishedAt);
    }

    /** This job as in an answer with several jobs, which has no large results. */
    Job withoutLargeResult() {
        return outcome.resultBytes == null || outcome.resultBytes <= JobStore.LISTED_RESULT_BYTES
                ? this
                : with(state, outcome.withoutResult(), progress, finishedAt);
    }

    private Job with(
            JobState newState, Outcome newOutcome, @Nullable String newProgress, @Nullable Instant newFinishedAt) {
        return new Job(
                id,
                sessionId,
                pubkey,
                queue,
                newState,
                request,
                newOutcome,
                newProgress,
                output,
                claims,
                deadline,
                deadlineChosen,
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
                .put("fence", claims.fence)
                .put("lease_until", claims.leaseUntil)
                .build();
    }

    /** The JSON in lists of workers and operators. */
    Json.Obj toListJson(EffectiveTier tier) {
        return fields(tier)
                .put("worker", claims.worker)
                .put("lease_until", claims.leaseUntil)
                .put("available_at", state == JobState.QUEUED ? claims.availableAt : null)
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
                .put("result_bytes", outcome.resultBytes)
                .put("progress", progress == null ? Json.Null.NULL : new Json.Raw(progress))
                .put("sats_cost", outcome.satsCost)
                .put("sats_absorbed", outcome.satsAbsorbed)
                .put("sats_lost", outcome.satsLost)
                .put("reason", outcome.reason)
                .put("attempts", claims.attempts)
                .put("last_error", claims.lastError)
                .put("deadline", deadlineChosen || state != JobState.RUNNING ? deadline : null)
                .put("created_at", createdAt)
                .put("started_at", startedAt)
                .put("finished_at", finishedAt);
    }
}
