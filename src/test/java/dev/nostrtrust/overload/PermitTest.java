package dev.nostrtrust.overload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.overload.Admission.Precedence;
import io.vertx.core.Promise;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PermitTest {
    private final Admission admission = new Admission(2, Duration.ofSeconds(30));
    private final Promise<Void> end = Promise.promise();
    private final Permit permit = new Permit(admission, end.future());

    @Test
    void a_permit_that_is_held_is_acquired_once() {
        assertThat(permit.acquire(Precedence.NEW)).isTrue();

        assertThat(permit.acquire(Precedence.NEW)).isTrue();

        assertThat(admission.inFlight()).isEqualTo(1);
    }

    @Test
    void a_permit_may_be_released_and_acquired_again() {
        permit.acquire(Precedence.NEW);

        permit.release();
        permit.release();
        assertThat(admission.inFlight()).isZero();

        assertThat(permit.acquire(Precedence.NEW)).isTrue();
        assertThat(admission.inFlight()).isEqualTo(1);
    }

    @Test
    void a_permit_is_not_acquired_when_none_is_free() {
        admission.acquire(Precedence.NEW);
        admission.acquire(Precedence.NEW);

        assertThat(permit.acquire(Precedence.NEW)).isFalse();
        permit.release();

        assertThat(admission.inFlight()).isEqualTo(2);
    }

    @Test
    void a_closed_permit_is_released_for_good() {
        permit.acquire(Precedence.NEW);

        assertThat(permit.close().succeeded()).isTrue();
        permit.close();

        assertThat(permit.acquire(Precedence.NEW)).isFalse();
        assertThat(admission.inFlight()).isZero();
    }

    @Test
    void a_request_that_has_ended_acquires_no_permit() {
        end.complete();

        assertThat(permit.acquire(Precedence.NEW)).isFalse();
        assertThat(admission.inFlight()).isZero();
    }
}
