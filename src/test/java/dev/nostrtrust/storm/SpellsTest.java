package dev.nostrtrust.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SpellsTest {
    private final Spells spells = new Spells(100);

    @Test
    void what_is_done_as_quickly_as_usual_is_touched_by_nothing() {
        see(0, 1000, 100);

        assertThat(spells.touched(millis(0), millis(1000))).isFalse();
        assertThat(spells).hasToString("the machine stalled 0 times, for 0.0 % of the time and 0 ms at most");
    }

    @Test
    void a_spell_touches_what_falls_into_it_and_as_long_a_time_after() {
        see(0, 500, 100);
        see(500, 560, 1500);
        see(560, 1000, 100);

        assertThat(spells.touched(millis(490), millis(499))).isFalse();
        assertThat(spells.touched(millis(490), millis(500))).isTrue();
        assertThat(spells.touched(millis(530), millis(540))).isTrue();
        assertThat(spells.touched(millis(620), millis(621))).isTrue();
        assertThat(spells.touched(millis(621), millis(622))).isFalse();
        assertThat(spells).hasToString("the machine stalled 1 times, for 6.0 % of the time and 60 ms at most");
    }

    @Test
    void two_slow_pieces_are_no_spell_and_neither_is_work_at_half_the_speed() {
        see(0, 10, 100);
        see(10, 12, 5000);
        see(12, 20, 100);
        see(20, 400, 250);

        assertThat(spells.touched(millis(0), millis(400))).isFalse();
    }

    @Test
    void spells_that_follow_each_other_closely_are_one() {
        see(0, 20, 1000);
        see(20, 25, 100);
        see(25, 50, 1000);
        see(50, 100, 100);

        assertThat(spells).hasToString("the machine stalled 1 times, for 50.0 % of the time and 50 ms at most");
    }

    /** A piece a millisecond from one time to another. */
    private void see(int from, int to, long taken) {
        for (int i = from; i < to; i++) {
            spells.saw(millis(i), millis(i + 1), taken);
        }
    }

    private static long millis(int millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
