package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Three nodes of one cluster on machines of their own, behind HAProxy, and a consumer who is a member of it. Needs
 * root, iproute2 and haproxy.
 */
@Tag("torture")
class JoinedTortureTest {
    private static final int NODES = 3;
    private static final int CUSTOMERS = 6;
    private static final int PROGRESS = 20;
    private static final Duration CURRENT_WITHIN = Duration.ofSeconds(10);

    /** Longer than CLUSTER_SILENCE: the others give the node up. */
    private static final Duration PARTED = Duration.ofSeconds(12);

    @Test
    void nodes_are_killed() {
        torture("node kill -9", Integer.getInteger("kills", 50), Trouble.SERVER_KILLED::strike);
    }

    @Test
    void nodes_are_stopped_for_a_minute() {
        torture("node SIGSTOP 60 s", Integer.getInteger("stops", 5), Trouble.SERVER_FROZEN_LONG::strike);
    }

    @Test
    void nodes_are_parted() {
        try (NetworkNamespace network = NetworkNamespace.of(NODES)) {
            torture(network, "network cut between nodes", Integer.getInteger("cuts", 10), (cluster, load) -> {
                Host victim = network.hosts().get(ThreadLocalRandom.current().nextInt(NODES));
                network.cut(victim);
                LockSupport.parkNanos(PARTED.toNanos());
                network.heal(victim);
                cluster.awaitReady();
            });
        }
    }

    @Test
    void without_any_bus_scores_move_by_the_sweep() {
        try (NetworkNamespace network = NetworkNamespace.of(NODES);
                Cluster cluster = Cluster.joined(network, Map.of())) {
            Load load = Load.begin(cluster, CUSTOMERS, 7);
            load.awaitProgress(PROGRESS);
            network.hosts().forEach(network::cut);
            // First the others are still thought to be there, and then no more.
            LockSupport.parkNanos(PARTED.toNanos());
            load.awaitProgress(200);
            Verdict verdict = Verdict.on(cluster, load);
            long slowest = cluster.postgres()
                    .number("SELECT extract(epoch FROM max(scored_at - occurred_at)) * 1000 FROM trust_ledger");
            System.out.println(verdict.summary("no bus between nodes") + "; slowest score after " + slowest + " ms");
            assertThat(verdict.violations()).as(verdict.reasons()).isEmpty();
            assertThat(verdict.notes()).isEmpty();
            assertThat(slowest).isLessThanOrEqualTo(2_000);
        }
    }

    private static void torture(String title, int times, BiConsumer<Cluster, Load> strike) {
        try (NetworkNamespace network = NetworkNamespace.of(NODES)) {
            torture(network, title, times, strike);
        }
    }

    private static void torture(NetworkNamespace network, String title, int times, BiConsumer<Cluster, Load> strike) {
        try (Cluster cluster = Cluster.joined(network, Map.of()).behindBalancer();
                Consumer consumer = Consumer.join(network, cluster)) {
            consumer.awaitMembers(NODES + 1);
            Load load = Load.begin(cluster, CUSTOMERS, title.hashCode());
            List<Long> millis = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                load.awaitProgress(PROGRESS);
                strike.accept(cluster, load);
                millis.add(consumer.catchUp(cluster, CURRENT_WITHIN).toMillis());
                consumer.awaitMembers(NODES + 1);
            }
            load.awaitProgress(PROGRESS);
            Verdict verdict = Verdict.on(cluster, load);
            consumer.catchUp(cluster, CURRENT_WITHIN);
            millis.sort(null);
            System.out.println(verdict.summary(title + " ×" + times) + "; consumer current after at most "
                    + millis.get(millis.size() - 1) + " ms");
            assertThat(verdict.violations()).as(verdict.reasons()).isEmpty();
            assertThat(verdict.notes()).isEmpty();
            assertThat(verdict.acked()).isPositive();
            assertThat(consumer.taken())
                    .isEqualTo(
                            LongStream.rangeClosed(1, verdict.applied()).boxed().toList());
            assertThat(cluster.nodes().get(0).replay())
                    .as("exit status of replay")
                    .isZero();
        }
    }
}
