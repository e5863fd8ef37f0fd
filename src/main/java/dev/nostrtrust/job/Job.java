package dev.nostrtrust.job;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.Tier;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job, bound at creation to the identity that asked for it.
 *
 * @param sessionId the session within which it was asked for, if any
 * @param pubkey null for an anonymous one
 * @param request what was asked for, as JSON text
 * @param outcome what was reported; null before
 * @param fence counts the claims: a report has to carry that of the latest one
 * @param attempts how many times it was handed out
 * @param worker the subject of the token that claimed it last; null before the first claim
 * @param leaseUntil until when the latest claim holds; null for a queued job
 * @param deadline when it expires if nobody has taken it; null only for jobs of releases before the default deadline
 */
record Job(
        UUID id,
        @Nullable UUID sessionId,
        @Nullable PublicKey pubkey,
        JobState state,
        String request,
        Outcome outcome,
        long fence,
        int attempts,
        @Nullable String worker,
        @Nullable Instant leaseUntil,
        @Nullable Instant deadline,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt) {

    /**
     * What a worker reported; all null before, and for a job that nobody reported on.
     *
     * @param result JSON text
     * @param satsCost what is irrevocably kept
     * @param satsAbsorbed what the operator paid for the identity
     * @param satsLost what a failure cost
     * @param reason why it failed, or was cancelled
     */
    record Outcome(
            @Nullable String result,
            @Nullable Long satsCost,
            @Nullable Long satsAbsorbed,
            @Nullable Long satsLost,
            @Nullable String reason) {
        static final Outcome NONE = new Outcome(null, null, null, null, null);
    }

    /** This job as of a time: a queued one is expired from its deadline on, whether a sweep has come by or not. */
    Job at(Instant now) {
        return state == JobState.QUEUED && deadline != null && !now.isBefore(deadline)
                ? new Job(
                        id,
                        sessionId,
                        pubkey,
                        JobState.EXPIRED,
                        request,
                        outcome,
                        fence,
                        attempts,
                        worker,
                        leaseUntil,
                        deadline,
                        createdAt,
                        startedAt,
                        deadline)
                : this;
    }

    /** The job as everyone sees it who holds its id. */
    Json.Obj toJson(Tier tier) {
        return fields(tier).build();
    }

    /** The job as the worker sees it that claimed it. */
    Json.Obj toClaimJson(Tier tier) {
        return fields(tier)
                .put("fence", fence)
                .put("lease_until", leaseUntil)
                .put("attempts", attempts)
                .build();
    }

    private Json.Obj.Builder fields(Tier tier) {
        return Json.object()
                .put("id", id.toString())
                .put("state", state.code())
                .put("session_id", sessionId == null ? null : sessionId.toString())
                .put("nostr_pubkey", pubkey == null ? null : pubkey.hex())
                .put("trust_tier", tier.code())
                .put("request", new Json.Raw(request))
                .put("result", outcome.result == null ? Json.Null.NULL : new Json.Raw(outcome.result))
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
