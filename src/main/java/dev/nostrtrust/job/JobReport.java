package dev.nostrtrust.job;

import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.FaultReason;
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
 */
record JobReport(
        JobState state, Job.Outcome outcome, @Nullable FactKind fact) {
    static final String PLATFORM_ERROR = "platform_error";

    /** The reasons of failures. The identity is not responsible for the last two. */
    static final List<String> REASONS = Stream.concat(
                    Arrays.stream(FaultReason.values()).map(FaultReason::code),
                    Stream.of("worker_error", PLATFORM_ERROR))
            .toList();

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

    /** Whether the job has the state and the outcome of this report. */
    boolean matches(Job job) {
        return job.state() == state && job.outcome().equals(outcome);
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
