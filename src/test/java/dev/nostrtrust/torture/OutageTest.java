package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** While the database is away users are told so, and when it is back nobody has to lift a finger. */
@Tag("full")
class OutageTest {

    private static Outage told(String what, Outage outage) {
        System.out.println(outage.summary(what));
        assertThat(outage.surprises()).isEmpty();
        return outage;
    }

    private static Outage dropped(Cluster cluster, Duration lasting) {
        ServerNode node = cluster.nodes().get(0);
        return told(
                "database port dropped for " + lasting.toSeconds() + " s",
                Outage.of(node, cluster.wire()::hold, lasting, cluster.wire()::pass));
    }

    private static Outage crashed(Cluster cluster, Duration lasting) {
        ServerNode node = cluster.nodes().get(0);
        return told(
                "PostgreSQL down for " + lasting.toSeconds() + " s",
                Outage.of(node, cluster.postgres()::crash, lasting, cluster.postgres()::startAgain));
    }

    private static Outage readOnly(Cluster cluster, Duration lasting) {
        ServerNode node = cluster.nodes().get(0);
        return told(
                "PostgreSQL read-only for " + lasting.toSeconds() + " s",
                Outage.of(node, () -> cluster.postgres().readOnly(true), lasting, () -> cluster.postgres()
                        .readOnly(false)));
    }

    @Test
    void a_database_that_goes_away_and_comes_back_needs_nobody() {
        try (Cluster cluster = Cluster.start(1, Map.of())) {
            dropped(cluster, Duration.ofSeconds(2));
            crashed(cluster, Duration.ofSeconds(1));
            readOnly(cluster, Duration.ofSeconds(1));
        }
    }

    @Test
    @Tag("torture")
    void answers_come_within_two_seconds_and_all_is_well_ten_seconds_after() {
        try (Cluster cluster = Cluster.start(1, Map.of())) {
            timely(dropped(cluster, Duration.ofSeconds(30)));
            timely(crashed(cluster, Duration.ofSeconds(10)));
            timely(readOnly(cluster, Duration.ofSeconds(5)));
        }
    }

    private static void timely(Outage outage) {
        assertThat(outage.slowest()).isLessThan(Duration.ofSeconds(2));
        assertThat(outage.recovery()).isLessThan(Duration.ofSeconds(10));
    }
}
