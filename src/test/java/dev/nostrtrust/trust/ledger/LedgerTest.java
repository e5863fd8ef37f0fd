package dev.nostrtrust.trust.ledger;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of facts and entries. */
@ExtendWith(VertxExtension.class)
class LedgerTest {
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00.123456Z");
    private static final SecureRandom RANDOM = new SecureRandom();

    private static MigratedDatabase database;
    private static Ledger ledger;

    private final PublicKey key = SecretKey.random(RANDOM).publicKey();

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        ledger = new Ledger(database.database());
        database.sql("INSERT INTO trust_policies (version, canonical) VALUES ('test', '')");
    }

    private long facts() {
        return database.sql("SELECT count(*) FROM trust_ledger WHERE pubkey = '" + key.hex() + "'");
    }

    /** Appends a fact and gives it the next sequence number, as a scorer does. */
    private long scored(Fact fact) {
        await(ledger.append(fact, MODEL));
        return database.sql("UPDATE trust_ledger SET seq = (SELECT coalesce(max(seq), 0) + 1 FROM trust_ledger),"
                                + " delta = 1.5, balance_before = 2, balance_after = 3.5, score_before = 10, score_after = 11,"
                                + " tier_before = 'new', tier_after = 'established', policy_version = 'test', scored_at = '"
                                + NOW
                                + "', prev_hash = decode(repeat('0a', 32), 'hex'), hash = decode(repeat('0b', 32), 'hex')"
                                + " WHERE source = '" + fact.source() + "' AND source_id = '" + fact.sourceId() + "'")
                        == 1
                ? database.sql("SELECT max(seq) FROM trust_ledger")
                : -1;
    }

    private Fact success(String id) {
        return Fact.success("test", key.hex() + id, key, 500, NOW);
    }

    @Test
    void a_fact_creates_its_identity_as_a_newcomer_and_a_later_fact_keeps_it() {
        await(ledger.append(success("a"), MODEL));
        database.sql("UPDATE nostr_identities SET balance = 77 WHERE pubkey = '" + key.hex() + "'");
        await(ledger.append(success("b"), MODEL));

        assertThat(database.sql(
                        "SELECT balance FROM nostr_identities WHERE tier = 'new' AND pubkey = '" + key.hex() + "'"))
                .isEqualTo(77);
        assertThat(facts()).isEqualTo(2);
    }

    @Test
    void a_repeated_fact_changes_nothing() {
        await(ledger.append(success("a"), MODEL));
        await(ledger.append(Fact.failure("test", key.hex() + "a", key, FaultReason.ABUSE, 9, NOW), MODEL));

        assertThat(facts()).isEqualTo(1);
        assertThat(database.sql("SELECT count(*) FROM trust_ledger WHERE kind = 'success' AND source_id = '" + key.hex()
                        + "a'"))
                .isEqualTo(1);
    }

    @Test
    void an_entry_is_read_as_it_was_written() {
        Fact fact = new Fact("test", key.hex(), key, FactKind.FAILURE, FaultReason.UNPAID, 800, 30, null, NOW, null);
        long seq = scored(fact);

        Entry entry = await(ledger.after(seq - 1, 1)).get(0);

        assertThat(entry)
                .isEqualTo(new Entry(
                        seq,
                        entry.id(),
                        fact,
                        1.5,
                        new Entry.Mark(2, 10, Tier.NEW),
                        new Entry.Mark(3.5, 11, Tier.ESTABLISHED),
                        "test",
                        NOW,
                        null,
                        "0a".repeat(32),
                        "0b".repeat(32)));
    }

    @Test
    void the_ledger_is_read_forwards_and_a_history_backwards_without_unscored_facts() {
        long first = scored(success("a"));
        long second = scored(success("b"));
        long third = scored(success("c"));
        PublicKey other = SecretKey.random(RANDOM).publicKey();
        long foreign = scored(Fact.success("test", other.hex(), other, 1, NOW));
        await(ledger.append(success("d"), MODEL));

        assertThat(await(ledger.after(first, 2))).extracting(Entry::seq).containsExactly(second, third);
        assertThat(await(ledger.after(foreign, 2))).isEmpty();
        assertThat(await(ledger.history(key, Long.MAX_VALUE, 2)))
                .extracting(Entry::seq)
                .containsExactly(third, second);
        assertThat(await(ledger.history(key, second, 2))).extracting(Entry::seq).containsExactly(first);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE trust_ledger SET sats = 1",
                "UPDATE trust_ledger SET balance_after = 1",
                "DELETE FROM trust_ledger",
                "TRUNCATE trust_ledger CASCADE",
                "UPDATE audit_log SET actor = 'me'",
                "DELETE FROM audit_log",
                "TRUNCATE audit_log"
            })
    void the_ledger_and_the_audit_log_refuse_to_be_changed(String change) {
        scored(success("a"));
        database.sql("INSERT INTO audit_log (actor, action) VALUES ('test', 'test')");

        assertThatThrownBy(() -> database.sql(change)).hasMessageContaining("append-only");
    }

    @Test
    void totals_count_scored_and_unscored_facts_and_the_age_of_the_oldest() {
        Ledger.Totals before = await(ledger.totals());
        await(ledger.append(Fact.success("old", key.hex(), key, 1, Instant.parse("2000-01-01T00:00:00Z")), MODEL));

        Ledger.Totals after = await(ledger.totals());

        assertThat(after.waiting()).isEqualTo(before.waiting() + 1);
        assertThat(after.oldestWaitingSeconds()).isGreaterThan(20 * 365 * 86_400.0);
        assertThat(after.entries()).isEqualTo(database.sql("SELECT seq FROM trust_head"));
    }

    @Test
    void identities_are_counted_by_tier() {
        await(ledger.append(success("a"), MODEL));
        long trusted = await(ledger.tiers(100)).getOrDefault(Tier.TRUSTED, 0L);
        database.sql("UPDATE nostr_identities SET tier = 'trusted' WHERE pubkey = '" + key.hex() + "'");

        assertThat(await(ledger.tiers(100))).containsEntry(Tier.TRUSTED, trusted + 1);
    }

    @Test
    void an_unscored_fact_is_not_in_the_feed() {
        await(ledger.append(success("a"), MODEL));

        assertThat(await(ledger.history(key, Long.MAX_VALUE, 10))).isEqualTo(List.of());
    }
}
