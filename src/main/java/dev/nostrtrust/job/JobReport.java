package dev.nostrtrust.job;

import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.FaultReason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The report of a worker about a job, with the fact that results from it. Pure.
 *
 * @param state {@code SUCCEEDED} or {@code FAILED}
 * @param fact the kind of the fact; null for {@code worker_error} and {@code platform_error}, for which the identity is
 *     not responsible
 * @param error the error of a failure, for its owner and the operator
 * @param retry whether a failed attempt is followed by another one, up to the limit of attempts
 */
record JobReport(
        JobState state,
        Job.Outcome outcome,
        @Nullable FactKind fact,
        @Nullable String error,
        boolean retry) {
    static final String PLATFORM_ERROR = "platform_error";

    /** Whether the result is too large to share a statement with other reports. */
    boolean isLarge() {
        String result = outcome.result();
        return result != null && result.length() > JobStore.LISTED_RESULT_BYTES;
    }

    /** The reasons of failures. The identity is not responsible for the last two. */
    static final List<String> REASONS = Stream.concat(
                    Arrays.stream(FaultReason.values()).map(FaultReason::code),
                    Stream.of("worker_error", PLATFORM_ERROR))
            .toList();

    static JobReport success(long satsCost, @Nullable Long satsAbsorbed, @Nullable String result) {
        Long bytes = result == null ? null : (long) result.getBytes(StandardCharsets.UTF_8).length;
        return new JobReport(
                JobState.SUCCEEDED,
                new Job.Outcome(result, bytes, satsCost, satsAbsorbed == null ? 0 : satsAbsorbed, null, null),
                FactKind.SUCCESS,
                null,
                false);
    }

    static JobReport failure(String reason, @Nullable Long satsLost, @Nullable String error) {
        FactKind fact = FaultReason.of(reason).isPresent() ? FactKind.FAILURE : null;
        Job.Outcome outcome = new Job.Outcome(null, null, null, null, satsLost == null ? 0 : satsLost, reason);
        return new JobReport(JobState.FAILED, outcome, fact, error, false);
    }

    /** The failure of an attempt after which the job is tried again. */
    static JobReport retry(String reason, @Nullable String error) {
        Job.Outcome outcome = new Job.Outcome(null, null, null, null, null, reason);
        return new JobReport(JobState.FAILED, outcome, null, error == null ? reason : error, true);
    }

    /** Whether the reason says nothing about the identity, so that the job may be tried again. */
    static boolean allowsRetry(String reason) {
        return FaultReason.of(reason).isEmpty();
    }

    /** Whether the job has the state and the outcome of this report. */
    boolean matches(Job job) {
        return (retry
                        && job.state() == JobState.QUEUED
                        && String.valueOf(error).equals(job.claims().lastError()))
                || (job.state() == state && job.outcome().equals(outcome));
    }

    /** The amount of the fact. */
    long factSats() {
        Long sats = state == JobState.SUCCEEDED ? outcome.satsCost() : outcome.satsLost();
        return sats == null ? 0 : sats;
    }

    long factSatsAbsorbed() {
        return outcome.satsAbsorbed() == null ? 0 : outcome.satsAbsorbed();
    }
}
