package dev.nostrtrust.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The transitions of the state diagram in the README. */
class JobStateTest {

    @Test
    void a_queued_job_is_claimed_cancelled_or_expires() {
        assertThat(JobState.QUEUED.next()).isEqualTo(Set.of(JobState.RUNNING, JobState.CANCELLED, JobState.EXPIRED));
        assertThat(JobState.QUEUED.isFinal()).isFalse();
    }

    @Test
    void a_running_job_ends_is_cancelled_expires_or_returns_to_the_queue() {
        assertThat(JobState.RUNNING.next())
                .isEqualTo(Set.of(
                        JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED, JobState.QUEUED));
        assertThat(JobState.RUNNING.isFinal()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"})
    void an_ended_job_does_not_change(JobState state) {
        assertThat(state.next()).isEmpty();
        assertThat(state.isFinal()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "QUEUED, queued",
        "RUNNING, running",
        "SUCCEEDED, succeeded",
        "FAILED, failed",
        "CANCELLED, cancelled",
        "EXPIRED, expired"
    })
    void a_state_has_one_name_and_is_found_by_it(JobState state, String code) {
        assertThat(state.code()).isEqualTo(code);
        assertThat(JobState.of(code)).isEqualTo(state);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "done", "queued "})
    void an_unknown_name_is_refused(String code) {
        assertThatThrownBy(() -> JobState.of(code)).isInstanceOf(IllegalArgumentException.class);
    }
}
