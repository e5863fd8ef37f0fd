package dev.nostrtrust.overload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.overload.Admission.Precedence;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final Duration TARGET = Duration.ofMillis(500);

    private final Admission admission = new Admission(256, TARGET);
    private long now;

    /** One window in which ten requests took this long each. */
    private void window(Duration each) {
        now += Duration.ofMillis(300).toNanos();
        for (int i = 0; i < 10; i++) {
            assertThat(admission.enter(Precedence.NEW)).isTrue();
            admission.leave(now, each.toNanos());
        }
    }

    private int enterAll(Precedence precedence) {
        int entered = 0;
        while (admission.enter(precedence)) {
            entered++;
        }
        return entered;
    }

    @Test
    void as_many_get_in_as_the_limit_says_and_those_who_finish_something_get_a_quarter_more() {
        assertThat(enterAll(Precedence.NEW)).isEqualTo(256);
        assertThat(admission.isFull()).isTrue();

        assertThat(enterAll(Precedence.FINISHING)).isEqualTo(65);
    }

    @Test
    void who_leaves_makes_room_for_one() {
        enterAll(Precedence.NEW);

        admission.leave(now, 1);

        assertThat(admission.isFull()).isFalse();
        assertThat(enterAll(Precedence.NEW)).isEqualTo(1);
    }

    @Test
    void when_answers_take_twice_as_long_as_they_should_half_as_many_get_in() {
        window(TARGET.multipliedBy(2));

        assertThat(admission.limit()).isEqualTo(128);
    }

    @Test
    void however_long_answers_take_some_requests_get_in() {
        for (int i = 0; i < 100; i++) {
            window(Duration.ofMinutes(1));
        }

        assertThat(admission.limit()).isEqualTo(64);
    }

    @Test
    void when_answers_come_in_time_again_the_limit_goes_back_to_where_it_was() {
        window(Duration.ofMinutes(1));

        for (int i = 0; i < 100; i++) {
            window(Duration.ofMillis(10));
        }

        assertThat(admission.limit()).isEqualTo(256);
    }

    @Test
    void a_limit_that_is_low_by_its_setting_stays_so() {
        Admission narrow = new Admission(1, TARGET);

        assertThat(narrow.enter(Precedence.NEW)).isTrue();
        assertThat(narrow.enter(Precedence.NEW)).isFalse();
    }
}
