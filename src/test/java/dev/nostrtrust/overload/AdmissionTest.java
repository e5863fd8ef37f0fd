package dev.nostrtrust.overload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.overload.Admission.Precedence;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final Duration TARGET = Duration.ofMillis(500);

    private final Admission admission = new Admission(256, TARGET);
    private long now;

    /** One window with ten requests that take this time each. */
    private void window(Duration each) {
        now += Duration.ofMillis(300).toNanos();
        for (int i = 0; i < 10; i++) {
            assertThat(admission.acquire(Precedence.NEW)).isTrue();
            admission.release(now, each.toNanos());
        }
    }

    private int acquireAll(Precedence precedence) {
        int acquired = 0;
        while (admission.acquire(precedence)) {
            acquired++;
        }
        return acquired;
    }

    @Test
    void the_limit_holds_and_finishing_requests_have_a_reserve_of_a_quarter() {
        assertThat(acquireAll(Precedence.NEW)).isEqualTo(256);
        assertThat(admission.isFull()).isTrue();

        assertThat(acquireAll(Precedence.FINISHING)).isEqualTo(65);
    }

    @Test
    void a_released_permit_admits_one_request() {
        acquireAll(Precedence.NEW);

        admission.release(now, 1);

        assertThat(admission.isFull()).isFalse();
        assertThat(acquireAll(Precedence.NEW)).isEqualTo(1);
    }

    @Test
    void answers_at_twice_the_target_halve_the_limit() {
        window(TARGET.multipliedBy(2));

        assertThat(admission.limit()).isEqualTo(128);
    }

    @Test
    void slow_answers_never_push_the_limit_below_its_minimum() {
        for (int i = 0; i < 100; i++) {
            window(Duration.ofMinutes(1));
        }

        assertThat(admission.limit()).isEqualTo(64);
    }

    @Test
    void fast_answers_raise_the_limit_again() {
        window(Duration.ofMinutes(1));

        for (int i = 0; i < 100; i++) {
            window(Duration.ofMillis(10));
        }

        assertThat(admission.limit()).isEqualTo(256);
    }

    @Test
    void a_setting_below_the_minimum_is_the_limit() {
        Admission narrow = new Admission(1, TARGET);

        assertThat(narrow.acquire(Precedence.NEW)).isTrue();
        assertThat(narrow.acquire(Precedence.NEW)).isFalse();
    }
}
