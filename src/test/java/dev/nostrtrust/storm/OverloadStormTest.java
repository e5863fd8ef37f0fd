package dev.nostrtrust.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Three times as much as the server can do. */
@Tag("torture")
@ExtendWith(Cores.class)
class OverloadStormTest {
    private static final int CONNECTIONS = 1500;
    private static final Duration WARM = Duration.ofSeconds(30);
    private static final Duration STEP = Duration.ofSeconds(6);

    private final Crowd crowd = new Crowd(2000);

    /** The most that is done however much is offered, found by offering more and more. */
    private double peak(Storm storm) {
        double peak = 0;
        double offered = 1000;
        for (int rise = 0; rise < 12; rise++) {
            Tally tally = storm.run(crowd::order, offered, STEP);
            System.out.println("  rising: " + tally);
            peak = Math.max(peak, tally.goodput());
            if (tally.goodput() < 0.8 * offered) {
                return peak;
            }
            offered *= 1.4;
        }
        return peak;
    }

    @Test
    void three_times_as_many_orders_as_can_be_taken_leave_the_others_as_they_were() throws InterruptedException {
        try (ServerProcess server = ServerProcess.start("1g", Map.of());
                Storm storm = new Storm(server.port(), CONNECTIONS)) {
            Cores.share(server);
            crowd.logIn(server.port());
            // Until the compiler is done, which would have a core to itself.
            storm.run(crowd::order, 4000, WARM);
            storm.run(crowd::order, 9000, WARM);
            double peak = peak(storm);
            Tally calm = storm.run(crowd::order, peak / 2, STEP);

            Tally over = storm.run(crowd::order, 3 * peak, Duration.ofSeconds(15));
            Thread.sleep(10_000);
            Tally after = storm.run(crowd::order, peak / 2, STEP);

            System.out.printf(
                    "overload: peak %.0f/s, 3x: %s, resident %d MiB%n", peak, over, server.residentMebibytes());
            System.out.println("overload: half the peak before: " + calm);
            System.out.println("overload: half the peak 10 s after: " + after);
            assertThat(over.goodput()).as("goodput").isGreaterThanOrEqualTo(0.9 * peak);
            assertThat(over.admitted().millis(0.99))
                    .as("p99 of what was done, ms")
                    .isLessThanOrEqualTo(1000);
            assertThat(over.refused().millis(0.99)).as("p99 of refusals, ms").isLessThanOrEqualTo(50);
            assertThat(List.of(over.failures(), over.unhelpfulRefusals())).containsOnly(0L);
            assertThat(after.goodput()).isGreaterThanOrEqualTo(0.99 * calm.goodput());
            assertThat(after.refused().count()).isZero();
        }
    }
}
