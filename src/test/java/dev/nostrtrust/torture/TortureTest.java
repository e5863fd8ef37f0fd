package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The short form of the torture: real processes, a real PostgreSQL, and nobody is spared. */
@Tag("full")
class TortureTest {
    private static final int CUSTOMERS = 6;
    private static final int PROGRESS = 20;

    @Test
    void nothing_is_lost_and_nothing_counted_twice_when_servers_and_the_database_are_killed() {
        try (Cluster cluster = Cluster.start(2, Map.of())) {
            torture(cluster, Trouble.SERVER_KILLED, 5);
            torture(cluster, Trouble.DATABASE_CRASHED, 2);
        }
    }

    /** Injects this number of faults under load, checks the invariants and prints one line. */
    static Verdict torture(Cluster cluster, Trouble trouble, int times) {
        Load load = Load.begin(cluster, CUSTOMERS, trouble.title().hashCode());
        for (int i = 0; i < times; i++) {
            load.awaitProgress(PROGRESS);
            trouble.strike(cluster, load);
        }
        load.awaitProgress(PROGRESS);
        Verdict verdict = Verdict.on(cluster, load);
        System.out.println(verdict.summary(trouble.title() + " ×" + times));
        assertThat(verdict.violations()).as(verdict.reasons()).isEmpty();
        assertThat(verdict.notes()).isEmpty();
        assertThat(verdict.acked()).isPositive();
        assertThat(cluster.nodes().get(0).replay()).as("exit status of replay").isZero();
        return verdict;
    }
}
