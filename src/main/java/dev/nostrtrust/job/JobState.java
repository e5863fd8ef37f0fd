package dev.nostrtrust.job;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The states of a job: {@code queued → running → succeeded | failed}; {@code queued → cancelled | expired};
 * {@code running → cancelled | expired}. A failed attempt changes {@code running} to {@code queued}, or to
 * {@code failed} after the last one.
 */
enum JobState {
    QUEUED,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    EXPIRED;

    /** The states that may follow this one. */
    Set<JobState> next() {
        return switch (this) {
            case QUEUED -> EnumSet.of(RUNNING, CANCELLED, EXPIRED);
            case RUNNING -> EnumSet.of(SUCCEEDED, FAILED, CANCELLED, EXPIRED, QUEUED);
            case SUCCEEDED, FAILED, CANCELLED, EXPIRED -> EnumSet.noneOf(JobState.class);
        };
    }

    boolean isFinal() {
        return next().isEmpty();
    }

    /** The name in JSON and in the database. */
    String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    static JobState of(String code) {
        return valueOf(code.toUpperCase(Locale.ROOT));
    }
}
