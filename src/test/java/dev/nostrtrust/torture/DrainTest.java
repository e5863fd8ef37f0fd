package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Servers are stopped and started in turn, behind a balancer that looks at their health; no user notices. */
@Tag("full")
class DrainTest {
    private static final int USERS = 8;

    @Test
    void no_request_fails_while_servers_are_restarted_in_turn() {
        restarts(1);
    }

    @Test
    @Tag("torture")
    void no_request_fails_in_ten_rounds_of_restarts() {
        restarts(10);
    }

    private static void restarts(int rounds) {
        try (Cluster cluster = Cluster.start(2, Map.of("SHUTDOWN_DELAY", "3s"))) {
            Traffic traffic = Traffic.begin(cluster, USERS);
            try (traffic) {
                for (int round = 0; round < rounds; round++) {
                    for (ServerNode node : cluster.nodes()) {
                        traffic.awaitServed(50);
                        node.terminate();
                        node.start();
                        cluster.awaitReady();
                    }
                }
            }
            System.out.println("drain: " + 2 * rounds + " restarts, " + traffic.served() + " requests, "
                    + traffic.failures().size() + " failed");
            assertThat(traffic.served()).isPositive();
            assertThat(traffic.failures()).isEmpty();
        }
    }
}
