package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Answer;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.torture.Diary.Promise;
import dev.nostrtrust.torture.Diary.Source;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The drill of docs/operations.md: a backup is taken while work goes on, everything is destroyed, and another server
 * starts on what was backed up.
 */
@Tag("full")
class BackupDrillTest {
    private static final int DIFFERS = 3;

    private final AtomicReference<Map<Source, Promise>> promised = new AtomicReference<>(Map.of());

    private static String head(Postgres postgres) {
        try (Connection connection = postgres.connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT seq || ':' || encode(hash, 'hex') FROM trust_head")) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<BrokenInvariant> wrong(Postgres postgres, Map<Source, Promise> promises) throws SQLException {
        try (Connection connection = postgres.connect()) {
            List<BrokenInvariant> wrong = new ArrayList<>(LedgerAudit.of(connection));
            wrong.addAll(Verdict.broken(promises, connection));
            return wrong;
        }
    }

    private static Api api(ServerNode node) {
        return Api.at(node.port());
    }

    @Test
    void what_was_promised_before_a_hot_backup_ended_is_there_when_it_is_restored_and_nothing_is_half()
            throws Exception {
        try (Cluster cluster = Cluster.start(1, Map.of())) {
            ServerNode node = cluster.nodes().get(0);
            Path restored = cluster.postgres().directory().resolve("restored").toAbsolutePath();
            Load load = Load.begin(cluster, 4, 7);
            User early = new User();
            String earlyToken = early.logIn(api(node));
            load.awaitProgress(10);
            String noted = head(cluster.postgres());

            HotBackup.take(cluster.postgres(), restored.resolve("postgres"), () -> {
                load.awaitProgress(20);
                promised.set(Map.copyOf(load.diary().promises()));
            });
            load.awaitProgress(10);
            String lateToken = new User().logIn(api(node));
            load.end();
            load.drain();
            assertThat(load.diary().notes()).isEmpty();
            String lost = head(cluster.postgres());
            node.kill();
            cluster.postgres().crash();

            try (Postgres postgres = Postgres.start(restored);
                    ServerNode after = new ServerNode("restored", Host.LOCAL, restored, postgres.address(), Map.of())) {
                assertThat(after.replay("--expect-head", noted))
                        .as("replay before the start")
                        .isZero();
                after.start();
                Waiting.until(() -> !after.alive() || after.ready());
                Waiting.until(() -> postgres.number("SELECT count(*) FROM trust_ledger WHERE seq IS NULL") == 0);
                assertThat(wrong(postgres, promised.get())).isEmpty();
                assertThat(after.replay("--expect-head", lost))
                        .as("a head from after")
                        .isEqualTo(DIFFERS);
                assertThat(api(after).as(earlyToken).get("/api/identity/me").text("pubkey"))
                        .isEqualTo(early.pubkey());
                assertThat(api(after).as(lateToken).get("/api/identity/me").status())
                        .isEqualTo(401);
                worksOn(cluster, after, postgres, early, earlyToken);
                assertThat(load.diary().promises().size())
                        .as("what was lost")
                        .isGreaterThan(promised.get().size());
                System.out.printf(
                        "backup drill: %d promises kept, %d made later lost, head %s%n",
                        promised.get().size(),
                        load.diary().promises().size() - promised.get().size(),
                        noted.replaceFirst(":.*", ""));
            }
        }
    }

    /** The ledger goes on from where the backup ended. */
    private static void worksOn(Cluster cluster, ServerNode node, Postgres postgres, User user, String token) {
        long before = postgres.number("SELECT seq FROM trust_head");
        String job = api(node).as(token).post("/api/jobs", "{\"request\":{}}").text("id");
        Api worker = api(node).as(cluster.token(Scope.WORKER));
        String fence =
                worker.post("/api/jobs/" + job + "/claim").json().get("fence").asText();
        Answer done = worker.post("/api/jobs/" + job + "/complete", "{\"fence\":" + fence + ",\"sats_cost\":3000}");

        assertThat(done.status()).as(done.toString()).isEqualTo(200);
        Waiting.until(() -> postgres.number("SELECT seq FROM trust_head") == before + 1);
        assertThat(postgres.number("SELECT count(*) FROM trust_ledger WHERE seq = " + (before + 1) + " AND pubkey = '"
                        + user.pubkey() + "' AND source_id = '" + job + "'"))
                .isEqualTo(1);
        assertThat(node.replay()).as("replay after the work").isZero();
    }
}
