package dev.nostrtrust.app;

import static dev.nostrtrust.app.ReplayFixture.replay;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.CommandRun.Outcome;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.trust.replay.ForgedLedger;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Replays what real servers have written, and says how it went. */
class ReplayCommandTest {
    private static ReplayFixture history;

    @BeforeAll
    static void write() {
        history = new ReplayFixture();
    }

    private static Outcome after(String... statements) {
        DatabaseAddress database = history.copy();
        ForgedLedger.change(database, statements);
        return replay(database);
    }

    private static void differs(Outcome outcome, String... said) {
        assertThat(outcome.status()).as(outcome.toString()).isEqualTo(3);
        assertThat(outcome.err()).startsWith("Differs: ").contains(said);
        assertThat(outcome.out()).isEmpty();
    }

    private static String head(Outcome outcome) {
        return outcome.out()
                .lines()
                .filter(line -> line.startsWith("head "))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void what_servers_have_written_is_what_the_ledger_leads_to() {
        Outcome outcome = replay(history.copy());

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.status()).isZero();
        assertThat(outcome.out().lines().map(line -> line.replaceFirst(" in .*", "")))
                .contains("entries     15", "identities  6", "policies    2", "unscored    0");
        assertThat(head(outcome)).matches("15:[0-9a-f]{64}");
    }

    @Test
    void who_had_no_history_when_the_policy_changed_begins_as_a_newcomer_under_the_new_one() throws Exception {
        try (var connection = TestDatabases.connect(history.copy());
                var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT balance_before, score_before, balance_after FROM trust_ledger"
                        + " WHERE pubkey = '" + history.seenBefore.pubkey() + "'")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getDouble(1)).isEqualTo(15);
            assertThat(row.getDouble(2)).isEqualTo(15);
            assertThat(row.getDouble(3)).isEqualTo(16);
        }
    }

    @Test
    void facts_that_wait_for_their_scores_are_counted_and_no_error() {
        String waiting = "INSERT INTO trust_ledger (source, source_id, pubkey, kind, sats, occurred_at)"
                + " VALUES ('test', 'later', '%s', 'success', 1, now())";

        Outcome one = after(waiting.formatted(history.alice.pubkey()));

        assertThat(one.status()).as(one.toString()).isZero();
        assertThat(one.out()).contains("unscored    1");
        differs(after(waiting.formatted("f".repeat(64))), "belongs to an identity without a row");
    }

    @Test
    void a_head_that_was_noted_down_has_to_be_in_the_ledger() {
        DatabaseAddress database = history.copy();
        String noted = head(replay(database));
        // A name is no number: only a hash that is kept elsewhere can tell that it was another one.
        ForgedLedger.change(database, "UPDATE trust_ledger SET source_id = 'forged' WHERE seq = 15");

        Outcome before = replay(history.copy(), "--expect-head", noted);
        ForgedLedger.rehash(database);

        assertThat(before.status()).as(before.toString()).isZero();
        assertThat(replay(database).status()).isZero();
        differs(replay(database, "--expect-head", noted), "entry 15 (id 15), hash: stored is ", "expected ");
        differs(
                replay(database, "--expect-head", "16:" + "0".repeat(64)),
                "the ledger ends with entry 15, before the expected head 16:000");
        assertThat(replay(database, "--expect-head", "15").status()).isEqualTo(2);
    }

    @Test
    void an_identity_under_a_policy_that_never_scored_is_compared_in_part() {
        DatabaseAddress database = TestDatabases.fresh();
        String pubkey;
        try (TestServer server = TestServer.start(Map.of(), database, new TestClock())) {
            User user = new User();
            user.logIn(Api.of(server));
            pubkey = user.pubkey();
        }

        Outcome whole = replay(database);
        ForgedLedger.change(database, "UPDATE nostr_identities SET interaction_count = 1");

        assertThat(whole.status()).as(whole.toString()).isZero();
        assertThat(whole.out()).contains("identities  1, 1 of them without history");
        differs(replay(database), "identity " + pubkey + ", interaction_count: stored is 1, recomputed 0");
    }

    @Test
    void an_empty_ledger_is_in_order() {
        Outcome outcome = replay(TestDatabases.fresh());

        assertThat(outcome.status()).as(outcome.toString()).isZero();
        assertThat(outcome.out()).contains("entries     0", "head        0:000000");
    }

    @Test
    void a_database_that_has_no_ledger_or_is_not_there_is_no_difference() {
        Outcome empty = replay(TestDatabases.empty());
        Outcome nowhere = ReplayFixture.run(Map.of("DATA_DIR", "target/no-such-directory"));
        Outcome nobody = replay(new DatabaseAddress("postgresql://x:y@127.0.0.1:1/x"));

        assertThat(empty.status()).isEqualTo(1);
        assertThat(empty.err()).contains("run migrate on it.");
        assertThat(nowhere.status()).isEqualTo(1);
        assertThat(nowhere.err()).contains("There is no database in DATA_DIR target/no-such-directory");
        assertThat(nobody.status()).isEqualTo(1);
        assertThat(nobody.err()).contains("cannot be reached").doesNotContain("Exception");
    }
}
