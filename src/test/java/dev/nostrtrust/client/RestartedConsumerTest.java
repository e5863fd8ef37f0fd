package dev.nostrtrust.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.Program;
import dev.nostrtrust.fixture.TestDatabases;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A consumer in a process of its own is killed again and again while facts are scored. */
@Tag("full")
class RestartedConsumerTest {
    private static final int BATCH = 100;

    @TempDir
    private Path directory;

    @Test
    void a_consumer_that_is_killed_and_comes_back_has_taken_exactly_the_ledger() throws Exception {
        killAndRestart(5, 3_000);
    }

    @Test
    @Tag("torture")
    void a_consumer_that_is_killed_a_hundred_times_has_taken_exactly_the_ledger() throws Exception {
        killAndRestart(100, 100_000);
    }

    private void killAndRestart(int kills, int facts) throws Exception {
        Path file = directory.resolve("taken");
        Random random = new Random(42);
        Map<String, String> settings = Map.of("SCORING_INTERVAL", "100ms");
        try (TestServer server = TestServer.start(settings)) {
            String token = server.token(Scope.SERVICE);
            int written = 0;
            int behind = 0;
            for (int kill = 0; kill < kills; kill++) {
                int until = facts * (kill + 1) / (kills + 1);
                int half = (written + until) / 2;
                insert(server, written, half - written);
                Process consumer = start(server, token, file);
                int before = FeedConsumer.taken(file).size();
                Waiting.until(() -> taken(file) > before);
                for (int from = half; from < until; from += BATCH) {
                    insert(server, from, Math.min(BATCH, until - from));
                }
                written = until;
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(300)));
                consumer.destroyForcibly().waitFor();
                behind += FeedConsumer.taken(file).size() < server.count("SELECT seq FROM trust_head") ? 1 : 0;
            }
            for (; written < facts; written += BATCH) {
                insert(server, written, Math.min(BATCH, facts - written));
            }
            Process last = start(server, token, file);
            Waiting.until(() -> taken(file) >= facts);
            last.destroyForcibly().waitFor();

            List<Long> taken = FeedConsumer.taken(file);
            System.out.printf(
                    "consumer: %d kills, %d of them behind the ledger; %d facts, %d handed over%n",
                    kills, behind, facts, taken.size());
            assertThat(taken).isEqualTo(LongStream.rangeClosed(1, facts).boxed().toList());
        }
    }

    private Process start(TestServer server, String token, Path file) throws IOException {
        List<String> command = Program.commandOf(
                FeedConsumer.class.getName(),
                List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                "http://127.0.0.1:" + server.port(),
                token,
                file.toString());
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("consumer.log").toFile()))
                .start();
    }

    private static int taken(Path file) {
        try {
            return FeedConsumer.taken(file).size();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void insert(TestServer server, int from, int count) throws SQLException {
        try (Connection connection = TestDatabases.connect(server.database());
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "INSERT INTO nostr_identities (pubkey, trust_score, tier, balance, balance_as_of, last_seen,"
                            + " created_at, policy_version) VALUES ('" + "ab".repeat(32)
                            + "', 10, 'new', 0, now(), now(), now(), 'none') ON CONFLICT DO NOTHING");
            statement.execute(
                    "INSERT INTO trust_ledger (source, source_id, pubkey, kind, sats, sats_absorbed, occurred_at)"
                            + " SELECT 'test', g::text, '" + "ab".repeat(32) + "', 'success', 1, 0, now()"
                            + " FROM generate_series(" + from + ", " + (from + count - 1) + ") g");
        }
    }
}
