package dev.nostrtrust.login;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RefusalThrottleTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final RefusalThrottle line = new RefusalThrottle(10);
    private final long now = 42 * SECOND;

    @Test
    void those_of_a_second_do_not_wait_and_the_others_have_their_turn_one_after_the_other() {
        for (int i = 0; i <= 10; i++) {
            assertThat(line.turn(now)).isZero();
        }

        assertThat(line.turn(now)).isEqualTo(SECOND / 10);
        assertThat(line.turn(now)).isEqualTo(2 * SECOND / 10);
        assertThat(line.turn(now + SECOND / 10)).isEqualTo(2 * SECOND / 10);
    }

    @Test
    void nobody_waits_for_longer_than_five_seconds() {
        for (int i = 0; i < 1000; i++) {
            assertThat(line.turn(now)).isLessThanOrEqualTo(5 * SECOND);
        }

        assertThat(line.turn(now + SECOND)).isLessThanOrEqualTo(5 * SECOND).isGreaterThan(3 * SECOND);
    }

    @Test
    void what_was_not_used_for_a_long_time_is_not_saved_up() {
        line.turn(now);

        for (int i = 0; i <= 10; i++) {
            assertThat(line.turn(now + 100 * SECOND)).isZero();
        }
        assertThat(line.turn(now + 100 * SECOND)).isPositive();
    }
}
