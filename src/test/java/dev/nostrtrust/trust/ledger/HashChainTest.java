package dev.nostrtrust.trust.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.Sha256;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.Tier;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class HashChainTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final PublicKey KEY =
            new PublicKey("7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e");
    private static final String START = LedgerHead.EMPTY.hash();

    private static Entry entry(long seq, long sats) {
        return new Entry(
                seq,
                seq + 10,
                Fact.success("job", "a", KEY, sats, NOW),
                sats,
                new Entry.Mark(0, 10, Tier.NEW),
                new Entry.Mark(sats, 11, Tier.NEW),
                "policy",
                NOW,
                null,
                "",
                "");
    }

    private static String sha256(String previous, Entry entry) {
        return Hex.encode(Sha256.of(Hex.decode(previous), entry.canonical().getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void a_hash_covers_the_previous_hash_and_the_canonical_form() {
        HashChain chain = new HashChain(START);
        Entry first = entry(1, 5);
        Entry second = entry(2, 7);

        String one = chain.append(first);
        String two = chain.append(second);

        assertThat(one).isEqualTo(sha256(START, first));
        assertThat(two).isEqualTo(sha256(one, second));
    }

    @Test
    void a_hash_that_is_only_asked_for_does_not_move_the_chain() {
        HashChain chain = new HashChain(START);

        String asked = chain.hash(entry(1, 5));

        assertThat(chain.hash(entry(1, 5))).isEqualTo(asked);
        assertThat(chain.append(entry(1, 5))).isEqualTo(asked);
        assertThat(chain.hash(entry(1, 5))).isNotEqualTo(asked);
    }

    @Test
    void a_chain_continues_from_a_stored_hash() {
        HashChain whole = new HashChain(START);
        String one = whole.append(entry(1, 5));

        assertThat(new HashChain(one).append(entry(2, 7))).isEqualTo(whole.append(entry(2, 7)));
    }

    @Test
    void the_hashes_stored_in_an_entry_do_not_count_and_every_amount_does() {
        Entry entry = entry(1, 5);
        Entry stored = entry.withHashes("aa".repeat(32), "bb".repeat(32));

        assertThat(new HashChain(START).hash(stored)).isEqualTo(new HashChain(START).hash(entry));
        assertThat(new HashChain(START).hash(entry(1, 6))).isNotEqualTo(new HashChain(START).hash(entry));
    }
}
