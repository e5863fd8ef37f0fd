package dev.nostrtrust.app;

import static dev.nostrtrust.app.ReplayFixture.key;
import static dev.nostrtrust.app.ReplayFixture.replay;
import static dev.nostrtrust.app.ReplayFixture.scored;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.CommandRun.Outcome;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.trust.model.FaultReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tiers would be under another policy, for six identities that can be reckoned by hand. */
class ReplayTrialTest {
    private static DatabaseAddress database;
    private static Instant now;

    @TempDir
    private Path directory;

    @BeforeAll
    static void write() {
        database = TestDatabases.fresh();
        TestClock clock = new TestClock();
        try (TestServer server = TestServer.start(Map.of(), database, clock)) {
            Api api = Api.of(server);
            User fixed = new User();
            User paid3000 = new User();
            User paid12501 = new User();
            User paidAndFailed = new User();
            User failed = new User();
            new User().logIn(api);
            fixed.logIn(api);
            api.as(server.token(Scope.OPERATOR)).post("/api/trust/" + fixed.pubkey() + "/lock", "{\"tier\":\"elite\"}");
            for (var payment : Map.of(paid3000, 3000L, paid12501, 12_501L, paidAndFailed, 12_501L)
                    .entrySet()) {
                TestServer.await(server.trust().recordSuccess(key(payment.getKey()), payment.getValue()));
            }
            scored(server);
            TestServer.await(server.trust().recordFailure(key(paidAndFailed), FaultReason.ABUSE));
            TestServer.await(server.trust().recordFailure(key(failed), FaultReason.ABUSE));
            scored(server);
        }
        now = clock.instant();
    }

    private String policy(String... lines) throws IOException {
        return Files.write(directory.resolve("other.properties"), List.of(lines))
                .toString();
    }

    /** Every row of every table with the transaction that wrote it. */
    private static String everything() throws SQLException {
        StringBuilder all = new StringBuilder();
        try (var connection = TestDatabases.connect(database);
                var statement = connection.createStatement()) {
            for (String table : List.of(
                    "trust_ledger",
                    "nostr_identities",
                    "trust_head",
                    "trust_policies",
                    "audit_log",
                    "logins",
                    "jobs")) {
                var rows = statement.executeQuery(
                        "SELECT t.xmin::text || t::text AS row FROM " + table + " t ORDER BY row");
                while (rows.next()) {
                    all.append(table).append(rows.getString(1)).append('\n');
                }
            }
        }
        return all.toString();
    }

    @Test
    void a_dearer_tier_and_a_dearer_fault_move_those_whom_they_have_to_and_nothing_is_written() throws Exception {
        String before = everything();

        // 3,000 sats score 30.8, below 40; a fault takes 12,500 of 12,501 sats, and leaves 10.0.
        Outcome outcome = replay(
                database,
                "--policy",
                policy("TRUST_TIER_ESTABLISHED=40", "TRUST_FAULT_MULTIPLIER=12.5"),
                "--at",
                now.toString());

        assertThat(outcome.status()).as(outcome.toString()).isZero();
        assertThat(outcome.out().lines().map(line -> line.replaceAll(" +", " ").strip()))
                .containsSequence(
                        "from \\ to anonymous new established trusted elite all",
                        "anonymous 1 0 0 0 0 1",
                        "new 0 1 0 0 0 1",
                        "established 0 2 0 0 0 2",
                        "trusted 0 0 0 1 0 1",
                        "elite 0 0 0 0 1 1",
                        "all 1 3 0 1 1 6",
                        "fixed by an operator, unchanged: 1");
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void the_same_policy_moves_nobody_and_absence_counts_in_both() throws Exception {
        Outcome outcome = replay(
                database,
                "--policy",
                policy("# nothing but defaults"),
                "--at",
                now.plus(Duration.ofDays(30)).toString());

        // After 30 days, 12,501 sats have become 8,840 (52.2) and 3,000 have become 2,121 (25.8, which keeps its tier).
        assertThat(outcome.out().lines().map(line -> line.replaceAll(" +", " ").strip()))
                .containsSequence(
                        "anonymous 1 0 0 0 0 1",
                        "new 0 1 0 0 0 1",
                        "established 0 0 3 0 0 3",
                        "trusted 0 0 0 0 0 0",
                        "elite 0 0 0 0 1 1");
    }

    @Test
    void outcomes_are_those_of_the_tier_at_the_time_under_each_policy() throws Exception {
        Outcome outcome = replay(database, "--outcomes", "--policy", policy("TRUST_TIER_TRUSTED=70"));

        List<String> lines = outcome.out()
                .lines()
                .map(line -> line.replaceAll(" +", " ").strip())
                .toList();
        assertThat(lines)
                .containsSequence(
                        "anonymous 0 0 0 0 -",
                        "new 4 28002 1 0 25.00 % (4.56 to 69.94)",
                        "established 0 0 0 0 -",
                        "trusted 1 0 1 0 100.00 % (20.65 to 100.00)",
                        "elite 0 0 0 0 -",
                        "credit at trusted and above: lost 0 sats, earned 0 sats")
                .containsSequence(
                        "new 4 28002 1 0 25.00 % (4.56 to 69.94)",
                        "established 1 0 1 0 100.00 % (20.65 to 100.00)", "trusted 0 0 0 0 -");
        assertThat(outcome.status()).isZero();
    }

    @Test
    void a_policy_that_cannot_be_is_refused_with_every_problem() throws Exception {
        Outcome bad =
                replay(database, "--policy", policy("TRUST_HALF_LIFE_DAYS=-1", "TRUST_TIER_NEW=90", "COLOUR=blue"));
        Outcome none = replay(database, "--policy", directory.resolve("nowhere").toString());

        assertThat(bad.status()).isEqualTo(1);
        assertThat(bad.err()).contains("TRUST_HALF_LIFE_DAYS", "TRUST_TIER_ESTABLISHED", "COLOUR");
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.err()).contains("cannot be read").doesNotContain("\tat ");
    }
}
