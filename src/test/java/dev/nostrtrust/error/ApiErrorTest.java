package dev.nostrtrust.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ApiErrorTest {
    @Test
    void an_error_has_its_code_and_detail_and_no_stack() {
        ApiError error = ApiError.of(ErrorCode.NOT_OWNER, "The job belongs to another identity.");

        assertThat(error.code()).isEqualTo(ErrorCode.NOT_OWNER);
        assertThat(error.detail()).isEqualTo("The job belongs to another identity.");
        assertThat(error.getStackTrace()).isEmpty();
        assertThat(error.retryAfter()).isNull();
    }

    @Test
    void an_added_member_makes_a_copy_that_keeps_everything_else() {
        ApiError error = ApiError.unavailable(ErrorCode.OVERLOADED, "Retry.", Duration.ofSeconds(3));

        ApiError more = error.with("state", "running").with("limit", 5);

        assertThat(more.hints()).containsOnlyKeys("state", "limit").containsEntry("state", "running");
        assertThat(more.retryAfter()).isEqualTo(Duration.ofSeconds(3));
        assertThat(more.code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(more.detail()).isEqualTo("Retry.");
        assertThat(error.hints()).isEmpty();
    }

    @Test
    void an_invalid_request_lists_its_violations_as_they_were() {
        List<Violation> found = new ArrayList<>(List.of(new Violation("query.limit", "Send 1 to 100.")));

        ApiError error = ApiError.invalid(found);
        found.clear();

        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(error.violations()).containsExactly(new Violation("query.limit", "Send 1 to 100."));
        assertThatThrownBy(() -> error.violations().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThat(error.with("a", "b").violations()).hasSize(1);
    }
}
