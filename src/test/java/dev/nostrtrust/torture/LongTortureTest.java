package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The long form: run by {@code mvn verify -Ptorture}. Prints one line for each kind of trouble. */
@Tag("torture")
class LongTortureTest {

    @Test
    void two_hundred_servers_are_killed() {
        try (Cluster cluster = Cluster.start(3, Map.of())) {
            TortureTest.torture(cluster, Trouble.SERVER_KILLED, 200);
        }
    }

    @Test
    void the_database_is_crashed_fifty_times() {
        try (Cluster cluster = Cluster.start(2, Map.of())) {
            TortureTest.torture(cluster, Trouble.DATABASE_CRASHED, 50);
        }
    }

    @Test
    void everything_else_goes_wrong() {
        try (Cluster cluster = Cluster.start(2, Map.of())) {
            TortureTest.torture(cluster, Trouble.SERVER_FROZEN, 5);
            TortureTest.torture(cluster, Trouble.BACKEND_FROZEN, 5);
            TortureTest.torture(cluster, Trouble.WIRE_HELD, 2);
            TortureTest.torture(cluster, Trouble.POOL_EXHAUSTED, 5);
            TortureTest.torture(cluster, Trouble.DATABASE_READ_ONLY, 5);
        }
    }

    @Test
    void everybody_waits_for_the_same_few_workers() {
        Map<String, String> narrow = Map.of(
                "SIGNATURE_WORKERS", "1",
                "SIGNATURE_IN_FLIGHT", "1",
                "DATABASE_CONNECTIONS", "1",
                "DATABASE_PIPELINING", "1",
                "DATABASE_QUEUE", "2");
        try (Cluster cluster = Cluster.start(1, narrow)) {
            Verdict verdict = TortureTest.torture(cluster, Trouble.POOL_EXHAUSTED, 3);

            assertThat(verdict.refused())
                    .as("there was too little of everything")
                    .isPositive();
        }
    }
}
