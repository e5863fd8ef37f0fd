package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.e2e.Waiting;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A server that is stopped in the middle of a scoring transaction, with the lock of the ledger's head in its hand. */
@Tag("full")
class StoppedScorerTest {
    private static boolean any(Cluster cluster, String sql) {
        try (Connection connection = cluster.postgres().connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean holdsTheHead(Cluster cluster) {
        return any(
                cluster,
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR NO KEY UPDATE%'");
    }

    @Test
    void a_stopped_server_that_holds_the_head_delays_the_others_and_applies_nothing_twice_when_it_goes_on()
            throws SQLException {
        try (Cluster cluster = Cluster.start(2, Map.of("DATABASE_LOCK_TIMEOUT", "1400ms"))) {
            Load load = Load.begin(cluster, 4, 5);
            load.awaitProgress(20);
            ServerNode holder = cluster.nodes().get(0);
            ServerNode other = cluster.nodes().get(1);

            other.freeze();
            try (Connection connection = cluster.postgres().connect();
                    var statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("SELECT 1 FROM nostr_identities FOR NO KEY UPDATE");
                Waiting.until(() -> holdsTheHead(cluster));
                holder.freeze();
                connection.rollback();
            }
            long began = System.nanoTime();
            other.goOn();
            Waiting.until(() ->
                    any(cluster, "SELECT 1 FROM trust_ledger WHERE scored_at > now() - interval '300 milliseconds'"));
            Duration delay = Duration.ofNanos(System.nanoTime() - began);
            holder.goOn();
            cluster.awaitReady();
            load.awaitProgress(20);

            Verdict verdict = Verdict.on(cluster, load);
            System.out.println(verdict.summary("head held by a stopped server for " + delay.toMillis() + " ms"));
            assertThat(verdict.violations()).as(verdict.reasons()).isEmpty();
            assertThat(verdict.notes()).isEmpty();
        }
    }
}
