package dev.nostrtrust.job;

import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.FaultReason;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a worker says became of a job, and what follows from it for the identity that asked. Pure.
 *
 * @param state {@code SUCCEEDED} or {@code FAILED}
 * @param fact what follows; null where nothing does: {@code worker_error} and {@code platform_error} say nothing of the
 *     user
 */
record JobReport(
        JobState state, Job.Outcome outcome, @Nullable FactKind fact) {
    /** The reasons of a failure that is not the identity's doing. */
    private static final Set<String> NO_FAULT = Set.of("worker_error", "platform_error");

    static final String PLATFORM_ERROR = "platform_error";

    static JobReport success(long satsCost, @Nullable Long satsAbsorbed, @Nullable String result) {
        return new JobReport(
                JobState.SUCCEEDED,
                new Job.Outcome(result, satsCost, satsAbsorbed == null ? 0 : satsAbsorbed, null, null),
                FactKind.SUCCESS);
    }

    static JobReport failure(String reason, @Nullable Long satsLost) {
        FactKind fact = FaultReason.of(reason).isPresent() ? FactKind.FAILURE : null;
        return new JobReport(
                JobState.FAILED, new Job.Outcome(null, null, null, satsLost == null ? 0 : satsLost, reason), fact);
    }

    static boolean isReason(String reason) {
        return FaultReason.of(reason).isPresent() || NO_FAULT.contains(reason);
    }

    /** Whether a finished job was finished by this very report. */
    boolean isThatOf(Job job) {
        return job.state() == state && job.outcome().equals(outcome);
    }

    /** The sats that the fact is about. */
    long factSats() {
        Long sats = state == JobState.SUCCEEDED ? outcome.satsCost() : outcome.satsLost();
        return sats == null ? 0 : sats;
    }

    long absorbed() {
        return outcome.satsAbsorbed() == null ? 0 : outcome.satsAbsorbed();
    }
}
