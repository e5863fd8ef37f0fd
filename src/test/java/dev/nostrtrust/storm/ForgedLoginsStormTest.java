package dev.nostrtrust.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A flood of logins that are right in everything but the signature, beside honest ones. */
@Tag("torture")
class ForgedLoginsStormTest {
    private static final double HONEST = 100;
    private static final Duration STEP = Duration.ofSeconds(8);

    private final Crowd honest = new Crowd(1000);
    private final Crowd forgers = new Crowd(1000);

    @Test
    void three_times_as_many_forged_logins_as_can_be_checked_leave_honest_ones_as_they_were() throws Exception {
        // Without the line of refusals, what can be checked is measured first.
        double peak;
        try (ServerProcess server = ServerProcess.start("256m", Map.of("LOGIN_REFUSALS", "1000000"));
                Storm storm = new Storm(server.port(), 500)) {
            storm.run(forgers::forgery, 2000, STEP);
            peak = storm.run(forgers::forgery, 10_000, STEP).of(401).count() / (double) STEP.toSeconds();
        }
        try (ServerProcess server = ServerProcess.start("256m", Map.of());
                Storm storm = new Storm(server.port(), 200);
                Storm flood = new Storm(server.port(), 4000)) {
            storm.run(honest::login, HONEST, Duration.ofSeconds(15));
            Tally alone = storm.run(honest::login, HONEST, STEP);

            CompletableFuture<Tally> flooded =
                    CompletableFuture.supplyAsync(() -> flood.run(forgers::forgery, 3 * peak, STEP.plusSeconds(2)));
            Thread.sleep(1000);
            Tally beside = storm.run(honest::login, HONEST, STEP);

            System.out.printf("forged logins: can check %.0f/s; flood: %s%n", peak, flooded.get());
            System.out.println("forged logins: honest alone: " + alone);
            System.out.println("forged logins: honest beside the flood: " + beside);
            assertThat(beside.goodput()).isGreaterThanOrEqualTo(0.9 * alone.goodput());
        }
    }
}
