package dev.nostrtrust.trust.ledger;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustState;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class StandingStoreTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00.123456Z");
    private static final SecureRandom RANDOM = new SecureRandom();

    private static MigratedDatabase database;
    private static StandingStore standings;

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        standings = new StandingStore(database.database());
    }

    private static PublicKey key() {
        return SecretKey.random(RANDOM).publicKey();
    }

    private static PublicKey stored(double balance, @Nullable String locked) {
        PublicKey key = key();
        database.sql("INSERT INTO nostr_identities (pubkey, trust_score, tier, balance, balance_as_of, last_success_at,"
                + " interaction_count, sats_absorbed_today, sats_absorbed_on, tier_locked, last_seen, created_at,"
                + " policy_version) VALUES ('" + key.hex() + "', 10, 'established', " + balance + ", '" + NOW + "', '"
                + NOW.minusSeconds(60) + "', 7, 21, '2026-01-01', "
                + (locked == null ? "NULL" : "'" + locked + "'") + ", '" + NOW + "', '" + NOW + "', 'test')");
        return key;
    }

    @Test
    void a_standing_is_read_column_by_column() {
        PublicKey key = stored(1234.5, "elite");

        Optional<Standing> found = await(standings.find(key));

        assertThat(found)
                .contains(new Standing(
                        key,
                        new TrustState(1234.5, NOW, Tier.ESTABLISHED, NOW.minusSeconds(60)),
                        7,
                        21,
                        LocalDate.of(2026, 1, 1),
                        Tier.ELITE,
                        false));
    }

    @Test
    void an_unlocked_identity_has_no_locked_tier_and_an_unknown_key_no_standing() {
        assertThat(await(standings.find(stored(1, null))).orElseThrow().locked())
                .isNull();
        assertThat(await(standings.find(key()))).isEmpty();
    }

    @Test
    void several_standings_have_the_order_of_their_keys_with_gaps_and_repetitions() {
        PublicKey first = stored(1, null);
        PublicKey second = stored(2, null);

        List<Optional<Standing>> found =
                await(standings.find(List.of(second, key(), first, second))).standings();

        assertThat(found)
                .extracting(standing -> standing.map(known -> known.state().balance()))
                .containsExactly(Optional.of(2.0), Optional.empty(), Optional.of(1.0), Optional.of(2.0));
    }
}
