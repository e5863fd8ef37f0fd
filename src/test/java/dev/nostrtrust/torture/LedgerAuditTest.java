package dev.nostrtrust.torture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static dev.nostrtrust.torture.Invariant.CHAIN;
import static dev.nostrtrust.torture.Invariant.I1;
import static dev.nostrtrust.torture.Invariant.I2;
import static dev.nostrtrust.torture.Invariant.I3;
import static dev.nostrtrust.torture.Invariant.I4;
import static dev.nostrtrust.torture.Invariant.I6;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LedgerAuditTest {
    private static final String SOON = "SCORING_INTERVAL";

    /** The scene takes years, and the judge needs the jobs of all facts. */
    private static final String KEPT = "JOB_RETENTION";

    private static final String UNGUARD = """
            ALTER TABLE trust_ledger DISABLE TRIGGER USER;
            ALTER TABLE trust_ledger DROP CONSTRAINT trust_ledger_source_source_id_key;
            ALTER TABLE logins DROP CONSTRAINT logins_pkey;
            """;

    // The scene is always played in the same order: the numbers of entries below are places in it.
    private Connection connection;

    @BeforeAll
    void aServersLedger() throws SQLException {
        try (TestServer server = TestServer.start(Map.of(SOON, "20ms", KEPT, "3650d"))) {
            LedgerScene.play(server, new User());
            connection = TestDatabases.connect(server.database());
        }
    }

    @AfterAll
    void disconnect() throws SQLException {
        connection.close();
    }

    @Test
    @Tag("full")
    void the_judge_shares_no_code_with_the_judged() {
        JavaClasses judge = new ClassFileImporter().importPackagesOf(LedgerAudit.class);

        classes()
                .that()
                .haveNameMatching(
                        ".*torture\\.(Paper|Ledger(Audit|Entry|Rows)|ChainAudit|ReplayAudit|IdentityRow|Findings"
                                + "|Violation|Invariant)(?!Test).*")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify..", LedgerAudit.class.getPackageName())
                .check(judge);
    }

    @Test
    void a_servers_own_ledger_is_found_in_order() throws SQLException {
        assertThat(LedgerAudit.of(connection)).isEmpty();
        assertThat(connection.getAutoCommit()).isTrue();
    }

    @Test
    @Tag("full")
    void a_ledger_of_the_linear_model_and_of_changing_policies_is_found_in_order() throws SQLException {
        DatabaseAddress database = TestDatabases.fresh();
        TestClock clock = new TestClock();
        User regular = new User();
        for (Map<String, String> policy : List.of(
                Map.of(
                        SOON,
                        "20ms",
                        KEPT,
                        "3650d",
                        "TRUST_HALF_LIFE_DAYS",
                        "33.3",
                        "TRUST_FAULT_FLOOR_SATS_ABUSE",
                        "2500"),
                Map.of(
                        SOON,
                        "20ms",
                        KEPT,
                        "3650d",
                        "TRUST_MODEL",
                        "linear",
                        "TRUST_DECAY_POINTS_PER_DAY",
                        "0.5",
                        "TRUST_TIER_NEW",
                        "9.5"),
                Map.of(SOON, "20ms", KEPT, "3650d", "TRUST_CREDIT_PER_SAT", "0.9", "TRUST_CREDIT_FLAT", "7"))) {
            try (TestServer server = TestServer.start(policy, database, clock)) {
                LedgerScene.play(server, regular);
            }
        }

        try (Connection own = TestDatabases.connect(database)) {
            assertThat(LedgerAudit.of(own)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            UPDATE nostr_identities SET balance = balance + 1 WHERE pubkey = (SELECT pubkey FROM trust_ledger WHERE seq = 16)
            UPDATE nostr_identities i SET balance = balance + 2 * delta FROM trust_ledger e WHERE e.seq = 16 AND i.pubkey = e.pubkey
            UPDATE nostr_identities SET trust_score = trust_score - 0.001 WHERE interaction_count = 0 AND balance = 0
            UPDATE nostr_identities SET tier = 'trusted' WHERE tier = 'elite'
            UPDATE nostr_identities SET interaction_count = interaction_count + 1
            UPDATE nostr_identities SET sats_absorbed_today = sats_absorbed_today + 1
            UPDATE nostr_identities SET balance_as_of = balance_as_of + interval '1 microsecond'
            UPDATE nostr_identities SET last_success_at = last_success_at + interval '1 microsecond'
            UPDATE nostr_identities SET tier_locked = NULL
            UPDATE nostr_identities SET tier_locked = 'elite' WHERE tier_locked IS NULL
            UPDATE nostr_identities SET blocked_at = now() WHERE pubkey = (SELECT pubkey FROM trust_ledger WHERE seq = 16)
            """)
    void an_identity_that_is_not_what_its_entries_make_of_it_is_found(String tampering) throws SQLException {
        assertThat(found(tampering)).containsExactly(I3);
    }

    @Test
    void an_altered_entry_is_found() throws SQLException {
        assertThat(found("UPDATE trust_ledger SET sats = sats + 1 WHERE seq = 1"))
                .containsExactly(I1, I3, CHAIN);
        assertThat(found("UPDATE trust_ledger SET sats = sats + 1 WHERE kind = 'adjustment'"))
                .containsExactly(I3, CHAIN);
        assertThat(found("UPDATE trust_ledger SET score_after = score_after + 1e-5 WHERE seq = 1"))
                .containsExactly(I3, CHAIN);
        assertThat(found("UPDATE trust_ledger SET tier_before = 'trusted' WHERE seq = 1"))
                .containsExactly(I3, CHAIN);
        assertThat(found("UPDATE trust_ledger SET scored_at = scored_at + interval '1 second' WHERE seq = 2"))
                .containsExactly(CHAIN);
        assertThat(found("UPDATE trust_ledger SET source_id = source_id || '?' WHERE source = 'outbox'"))
                .containsExactly(CHAIN);
        assertThat(found("UPDATE trust_ledger SET hash = sha256(hash) WHERE seq = 3"))
                .containsExactly(CHAIN);
        assertThat(found("UPDATE trust_ledger SET prev_hash = sha256(prev_hash) WHERE seq = 1"))
                .containsExactly(CHAIN);
    }

    @Test
    void an_entry_that_is_gone_is_found() throws SQLException {
        assertThat(found("DELETE FROM trust_ledger WHERE seq = 9")).containsExactly(I1, I2, I3, CHAIN);
        assertThat(found("DELETE FROM trust_ledger WHERE seq = 19")).containsExactly(I2, I3, CHAIN);
        assertThat(found("DELETE FROM trust_ledger WHERE seq = (SELECT max(seq) FROM trust_ledger)"))
                .containsExactly(I2, I3, CHAIN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lock", "unlock", "block", "unblock"})
    void a_decision_that_is_gone_or_altered_is_found(String kind) throws SQLException {
        String where = " WHERE id = (SELECT max(id) FROM trust_ledger WHERE kind = '" + kind + "')";

        assertThat(found("DELETE FROM trust_ledger" + where)).containsExactly(I2, I3, CHAIN);
        assertThat(found("UPDATE trust_ledger SET trust_tier = 'anonymous'" + where))
                .containsExactly(I3, CHAIN);
        assertThat(found("UPDATE trust_ledger SET blocked = NOT blocked" + where))
                .containsExactly(I3, CHAIN);
    }

    @Test
    void an_altered_end_of_a_tier_is_found() throws SQLException {
        assertThat(found("UPDATE trust_ledger SET tier_until = tier_until + interval '1 hour'"
                        + " WHERE seq = (SELECT max(seq) FROM trust_ledger WHERE tier_until IS NOT NULL)"))
                .containsExactly(I3, CHAIN);
        assertThat(found("UPDATE trust_ledger SET tier_until = scored_at WHERE kind = 'lock'"))
                .containsExactly(I3, CHAIN);
        assertThat(found("UPDATE trust_ledger SET locked_tier = 'trusted' WHERE kind = 'lock'"))
                .containsExactly(I3, CHAIN);
        assertThat(found("UPDATE trust_ledger SET kind = 'unblock' WHERE kind = 'erase'"))
                .containsExactly(CHAIN);
    }

    @Test
    void entries_that_changed_places_are_found() throws SQLException {
        String swap = """
                UPDATE trust_ledger SET seq = -1 WHERE seq = %1$d;
                UPDATE trust_ledger SET seq = %1$d WHERE seq = %2$d;
                UPDATE trust_ledger SET seq = %2$d WHERE seq = -1;
                """;

        assertThat(found(swap.formatted(16, 17))).containsExactly(I3, CHAIN);
        assertThat(found(swap.formatted(7, 8))).containsExactly(CHAIN);
    }

    @Test
    void a_head_that_is_not_at_the_last_entry_is_found() throws SQLException {
        assertThat(found("UPDATE trust_head SET seq = seq - 1")).containsExactly(I2);
        assertThat(found("UPDATE trust_head SET hash = sha256(hash)")).containsExactly(CHAIN);
        assertThat(found("DELETE FROM trust_head")).containsExactly(I2);
    }

    @Test
    void duplicate_facts_are_found() throws SQLException {
        String again = """
                INSERT INTO trust_ledger (source, source_id, pubkey, kind, reason, sats, occurred_at)
                SELECT source, source_id, pubkey, kind, reason, sats, occurred_at FROM trust_ledger WHERE seq = %d;
                """;

        assertThat(found(again.formatted(1))).containsExactly(I1, I4, I6);
        assertThat(found(again.formatted(19))).containsExactly(I1, I4);
        assertThat(found("INSERT INTO logins SELECT * FROM logins LIMIT 1")).containsExactly(I6);
    }

    @Test
    void jobs_without_their_facts_and_facts_without_their_jobs_are_found() throws SQLException {
        String fact = "INSERT INTO trust_ledger (source, source_id, pubkey, kind, reason, sats, occurred_at)"
                + " SELECT 'job', %s, (SELECT min(pubkey) FROM nostr_identities), 'failure', 'unpaid', 5, finished_at"
                + " FROM jobs WHERE %s LIMIT 1";

        assertThat(
                        found(
                                "UPDATE jobs SET state = 'succeeded', sats_cost = 1, finished_at = now() WHERE state IN ('queued', 'expired')"))
                .containsExactly(I1);
        assertThat(found("UPDATE jobs SET reason = 'cancelled_late' WHERE state = 'cancelled' AND reason IS NULL"))
                .containsExactly(I1);
        assertThat(found("UPDATE jobs SET reason = 'worker_error' WHERE reason = 'abuse'"))
                .containsExactly(I1);
        assertThat(found("INSERT INTO trust_ledger (source, source_id, pubkey, kind, occurred_at)"
                        + " SELECT 'outbox', 'x', pubkey, 'success', now() FROM nostr_identities LIMIT 1"))
                .containsExactly(I4);
        assertThat(found(fact.formatted("id::text", "nostr_pubkey IS NULL AND reason = 'unpaid'")))
                .containsExactly(I1, I4);
        assertThat(found(fact.formatted("id::text", "reason = 'worker_error'"))).containsExactly(I1, I4);
        assertThat(found(fact.formatted("'no job'", "reason = 'abuse'"))).containsExactly(I1, I4);
    }

    @Test
    void an_altered_policy_is_found() throws SQLException {
        assertThat(found("UPDATE trust_policies SET canonical = replace(canonical, 'DAYS=60', 'DAYS=61')"))
                .containsExactly(I3, CHAIN);
        assertThat(found("UPDATE trust_policies SET canonical = canonical || 'MORE=1'"))
                .containsExactly(CHAIN);
        assertThat(found("UPDATE trust_policies SET canonical = 'nonsense'")).containsExactly(I3, CHAIN);
    }

    @Test
    void of_very_many_violations_the_first_are_shown_and_the_others_counted() throws SQLException {
        List<BrokenInvariant> violations =
                tampered("UPDATE nostr_identities SET interaction_count = interaction_count + 1,"
                        + " balance = balance + 1e7, sats_absorbed_today = -1");

        assertThat(violations).hasSize(21);
        assertThat(violations.get(20).what()).matches("and [1-9][0-9]? more");
    }

    private Set<Invariant> found(String tampering) throws SQLException {
        Set<Invariant> broken = EnumSet.noneOf(Invariant.class);
        tampered(tampering).forEach(violation -> broken.add(violation.invariant()));
        return broken;
    }

    /** The findings after a superuser ran this statement, which is undone afterwards. */
    private List<BrokenInvariant> tampered(String tampering) throws SQLException {
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute(UNGUARD + tampering);
            return LedgerAudit.within(connection);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }
}
