package dev.nostrtrust.app;

import static dev.nostrtrust.app.ReplayFixture.replay;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.CommandRun.Outcome;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.trust.replay.ForgedLedger;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replays the data of real servers after the owner of the tables has changed it. */
class ReplayTamperingTest {
    private static final String ONE_BIT = " * (1 + 2.220446049250313e-16)";

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

    @ParameterizedTest
    @CsvSource({
        "1, balance_after",
        "2, balance_before",
        "2, delta",
        "3, score_before",
        "4, score_after",
        "9, balance_after",
    })
    void one_bit_of_a_number_is_found(int seq, String column) {
        differs(
                after("UPDATE trust_ledger SET " + column + " = " + column + ONE_BIT + " WHERE seq = " + seq),
                "entry " + seq + " (id " + seq + "), " + column + ": stored is ",
                "hash of the entry does not match the stored data");
    }

    @Test
    void the_bits_of_a_number_that_is_none_are_shown() {
        differs(
                after("UPDATE trust_ledger SET delta = 'NaN' WHERE seq = 5"),
                "entry 5",
                "delta: stored is NaN (bits 7ff8");
        differs(
                after("UPDATE trust_ledger SET balance_before = '-0' WHERE seq = 1"),
                "entry 1",
                "balance_before: stored is -0.0 (bits 8000000000000000), recomputed 0.0");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "source_id | 'x'",
                "sats_absorbed | 9",
                "scored_at | now()",
                "pubkey | repeat('0', 64)",
                "occurred_at | now()",
                "trust_tier | 'elite'",
                "blocked | true",
                "tier_until | now()",
            })
    void a_column_that_was_changed_is_found_by_what_follows_or_by_the_hash(String column, String value) {
        differs(
                after("UPDATE trust_ledger SET " + column + " = " + value + " WHERE seq = 2"),
                "entry 2 (id 2)",
                "hash");
    }

    @Test
    void a_swapped_pair_is_found_at_the_first_of_the_two() {
        differs(
                after(
                        "UPDATE trust_ledger SET seq = -3 WHERE seq = 3",
                        "UPDATE trust_ledger SET seq = 3 WHERE seq = 4",
                        "UPDATE trust_ledger SET seq = 4 WHERE seq = -3"),
                "entry 3 (id 4), prev_hash");
    }

    @Test
    void a_missing_entry_is_named() {
        differs(after("DELETE FROM trust_ledger WHERE seq = 4"), "entry 4 is missing: after entry 3 comes 5 (id 5)");
        differs(after("DELETE FROM trust_ledger WHERE seq = 1"), "entry 1 is missing: after entry 0 comes 2 (id 2)");
    }

    @Test
    void an_entry_that_was_taken_out_of_the_middle_of_a_whole_chain_is_missed_by_its_identity() {
        DatabaseAddress database = history.copy();
        ForgedLedger.change(
                database,
                "DELETE FROM trust_ledger WHERE seq = 2",
                "UPDATE trust_ledger SET seq = -seq WHERE seq > 2",
                "UPDATE trust_ledger SET seq = -seq - 1 WHERE seq < 0");
        ForgedLedger.rehash(database);

        differs(replay(database), "entry 2 (id 3), balance_before", "hash of the entry matches the stored data");
    }

    @Test
    void a_change_that_was_hashed_again_is_found_by_scoring() {
        DatabaseAddress database = history.copy();
        ForgedLedger.change(database, "UPDATE trust_ledger SET sats = 2999 WHERE seq = 1");
        ForgedLedger.rehash(database);

        differs(
                replay(database),
                "entry 1 (id 1), delta: stored is 3000.0",
                "recomputed 2999.0",
                "hash of the entry matches the stored data");
    }

    @Test
    void a_ledger_whose_end_was_cut_off_is_shorter_than_its_head() {
        differs(after("DELETE FROM trust_ledger WHERE seq > 11"), "trust_head, seq: stored is 15, recomputed 11");
        differs(after("UPDATE trust_ledger SET hash = prev_hash WHERE seq = 13"), "entry 13", ", hash: stored is ");
    }

    @Test
    void a_head_that_was_changed_or_taken_away_is_found() {
        differs(after("UPDATE trust_head SET seq = 16"), "trust_head, seq: stored is 16, recomputed 15");
        differs(after("UPDATE trust_head SET hash = sha256('x')"), "trust_head, hash");
        differs(after("UPDATE trust_head SET hash = '\\x00'"), "trust_head is 15:00. A head is");
        differs(after("UPDATE trust_head SET seq = 0"), "trust_head is 0:");
        differs(after("DELETE FROM trust_head"), "trust_head has no row");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "balance | balance" + ONE_BIT,
                "balance_as_of | balance_as_of + interval '1 microsecond'",
                "tier | 'trusted'",
                "trust_score | 5e-324",
                "last_success_at | NULL",
                "interaction_count | interaction_count + 1",
                "sats_absorbed_today | 1",
                "sats_absorbed_on | '2020-01-01'",
                "policy_version | '50a9a8eaf5bf'",
                "tier_locked | 'elite'",
            })
    void an_identity_that_was_changed_is_found(String column, String value) {
        differs(
                after("UPDATE nostr_identities SET " + column + " = " + value + " WHERE pubkey = '"
                        + history.alice.pubkey() + "'"),
                "identity " + history.alice.pubkey() + ", " + column + ": stored is ");
    }

    @Test
    void what_an_operator_decided_is_in_the_chain() {
        differs(
                after("UPDATE trust_ledger SET locked_tier = 'elite' WHERE kind = 'lock'"),
                "entry 8 (id 8), trust_tier: stored is new, recomputed elite");
        differs(
                after(
                        "UPDATE trust_ledger SET trust_tier = NULL, blocked = NULL, tier_until = NULL WHERE kind = 'block'"),
                "entry 9 (id 9), hash: stored is ");
        differs(after("UPDATE trust_ledger SET kind = 'unblock' WHERE kind = 'block'"), "entry 9 (id 9), blocked");
        differs(
                after("UPDATE nostr_identities SET blocked_at = now() WHERE pubkey = '" + history.alice.pubkey() + "'"),
                "identity " + history.alice.pubkey() + ", blocked_at is set: stored is true, recomputed false");
        differs(
                after("UPDATE nostr_identities SET tier_locked = NULL, blocked_at = NULL"),
                "identity " + history.carol.pubkey() + ", tier_locked: stored is null, recomputed new");
    }

    @ParameterizedTest
    @ValueSource(strings = {"balance = 40000", "tier = 'elite'", "sats_absorbed_on = '2026-01-01'", "trust_score = 80"})
    void who_has_no_history_has_earned_nothing(String change) {
        for (var user : List.of(history.onlyLoggedIn, history.newcomer)) {
            differs(
                    after("UPDATE nostr_identities SET " + change + " WHERE pubkey = '" + user.pubkey() + "'"),
                    "identity " + user.pubkey() + ", ");
        }
    }

    @Test
    void an_identity_whose_row_was_taken_away_is_missed() {
        differs(
                after("DELETE FROM nostr_identities WHERE pubkey = '" + history.bob.pubkey() + "'"),
                "identity " + history.bob.pubkey() + " has entries in the ledger and no row");
    }

    @Test
    void the_text_of_a_policy_is_proven_by_its_version() {
        differs(
                after("UPDATE trust_policies SET canonical = replace(canonical, 'MULTIPLIER=4', 'MULTIPLIER=5')"),
                "entry 1 (id 1), policy_version: the stored text of policy 50a9a8eaf5bf has the version ");
        differs(
                after("DELETE FROM trust_policies WHERE version <> '50a9a8eaf5bf'"),
                "entry 10 (id 10), policy_version: the text of policy ",
                " is not stored");
        differs(after("INSERT INTO trust_policies VALUES ('0123456789ab', 'x')"), "trust_policies: ", "0123456789ab");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {"tier_after, 'king'", "reason, 'weather'", "scored_at, 'infinity'"})
    void what_no_server_would_have_written_is_named(String column, String value) {
        differs(
                after("UPDATE trust_ledger SET " + column + " = " + value + " WHERE seq = 2"),
                "entry 2 (id 2) cannot be read: ");
    }

    @Test
    void an_entry_that_takes_back_what_does_not_come_before_it_is_named() {
        differs(after("UPDATE trust_ledger SET reverses = 99 WHERE seq = 5"), "entry 5 (id 5), reverses");
        differs(after("UPDATE trust_ledger SET reverses = 10 WHERE seq = 5"), "entry 5 (id 5), reverses");
    }
}
