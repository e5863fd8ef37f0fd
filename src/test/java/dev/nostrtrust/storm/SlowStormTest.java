package dev.nostrtrust.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.storm.SlowCrowd.Manner;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Thousands of clients that take their time, beside honest ones. Needs 20,000 file descriptors. */
@Tag("torture")
@ExtendWith(Cores.class)
class SlowStormTest {
    private static final int SLOW = 5000;
    private static final int IDLE = 10_000;
    private static final double HONEST = 200;
    private static final double WARMING = 2000;
    private static final Duration WARM = Duration.ofSeconds(30);
    private static final Duration STEP = Duration.ofSeconds(12);
    /** In which a crowd comes, is cut off, and is forgotten. */
    private static final Duration SIEGE = Duration.ofSeconds(14);

    private final Crowd crowd = new Crowd(500);

    @Test
    void clients_with_slow_headers_are_cut_off_and_others_do_not_notice() throws Exception {
        storm("headers", new Manner("GET / HTTP/1.1\r\n", "X: y\r\n", true));
    }

    @Test
    void clients_with_slow_bodies_are_cut_off_and_others_do_not_notice() throws Exception {
        storm("bodies", new Manner("POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n", " ", true));
    }

    @Test
    void clients_that_do_not_read_their_answers_are_cut_off_and_others_do_not_notice() throws Exception {
        storm("answers", new Manner("GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n".repeat(10), "G", false));
    }

    private void storm(String way, Manner manner) throws Exception {
        try (ServerProcess server = ServerProcess.start("1g", Map.of());
                Storm storm = new Storm(server.port(), 200);
                SlowCrowd slow = new SlowCrowd(server.port(), manner)) {
            Cores.leaveAlone(server);
            crowd.logIn(server.port());
            storm.run(crowd::order, WARMING, WARM);
            // What cuts them off is to be compiled by then, as it is in a server that was attacked before.
            rehearse(server, storm, manner);
            rehearse(server, storm, manner);
            Stalls stalls = Stalls.watch();
            Tally alone = storm.run(crowd::order, HONEST, STEP);

            CompletableFuture<Void> slowly = CompletableFuture.runAsync(() -> slow.run(SLOW, Duration.ofSeconds(20)));
            Tally beside = storm.run(crowd::order, HONEST, STEP);
            slowly.get();

            Spells spells = stalls.end();
            Histogram quietAlone = alone.admittedOutside(spells);
            Histogram quietBeside = beside.admittedOutside(spells);
            System.out.printf(
                    "slow in %s: %d of %d cut, lived %s, longest %.0f ms; resident %d MiB%n",
                    way, slow.lives().count(), SLOW, slow.lives(), slow.lives().millis(1), server.residentMebibytes());
            System.out.println("slow in " + way + ": honest alone: " + alone);
            System.out.println("slow in " + way + ": honest beside: " + beside);
            System.out.printf(
                    "slow in %s: %s; outside of that %d alone: %s; %d beside: %s%n",
                    way, spells, quietAlone.count(), quietAlone, quietBeside.count(), quietBeside);
            assertThat(slow.lives().count()).isEqualTo(SLOW);
            assertThat(slow.lives().millis(1)).isLessThanOrEqualTo(10_000);
            assertThat(beside.goodput()).isGreaterThanOrEqualTo(0.99 * alone.goodput());
            assertThat(beside.admitted().millis(0.99))
                    .isLessThanOrEqualTo(2 * alone.admitted().millis(0.99));
        }
    }

    private void rehearse(ServerProcess server, Storm storm, Manner manner) throws Exception {
        try (SlowCrowd slow = new SlowCrowd(server.port(), manner)) {
            CompletableFuture<Void> slowly = CompletableFuture.runAsync(() -> slow.run(SLOW, SIEGE));
            storm.run(crowd::order, HONEST, SIEGE);
            slowly.get();
        }
    }

    @Test
    void ten_thousand_idle_connections_are_kept() {
        try (ServerProcess server = ServerProcess.start("256m", Map.of());
                Storm storm = new Storm(server.port(), 200);
                SlowCrowd idle = new SlowCrowd(
                        server.port(),
                        new Manner("GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n", "", true))) {
            crowd.logIn(server.port());
            storm.run(crowd::order, HONEST, Duration.ofSeconds(15));
            Tally alone = storm.run(crowd::order, HONEST, STEP);

            idle.run(IDLE, Duration.ofSeconds(25));
            Tally beside = storm.run(crowd::order, HONEST, STEP);

            System.out.printf(
                    "idle: %d of %d open, %d refused, resident %d MiB with -Xmx256m; honest alone %s; beside %s%n",
                    idle.open(), IDLE, idle.refused(), server.residentMebibytes(), alone.admitted(), beside.admitted());
            assertThat(idle.open()).isEqualTo(IDLE);
            assertThat(idle.refused()).isZero();
            assertThat(server.residentMebibytes()).isLessThanOrEqualTo(700);
            assertThat(beside.goodput()).isGreaterThanOrEqualTo(0.99 * alone.goodput());
        }
    }
}
