package dev.nostrtrust.trust.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.FactFold.Reversible;
import dev.nostrtrust.trust.ledger.FactFold.Scored;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Facts are scored in order, without a database. */
class FactFoldTest {
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final PublicKey KEY =
            new PublicKey("7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e");

    private final FactFold fold = new FactFold(id -> true);

    private static Fact success(long sats) {
        return Fact.success("job", "1", KEY, sats, NOW);
    }

    private static Fact reversalOf(long id) {
        return Fact.reversal("1", KEY, id, NOW);
    }

    @Test
    void an_unknown_identity_begins_as_a_newcomer() {
        Scored scored = fold.score(MODEL, 1, success(3000));

        assertThat(scored.delta()).isEqualTo(3000);
        assertThat(scored.before().balance()).isEqualTo(MODEL.newcomer(NOW).balance());
        assertThat(scored.before().tier()).isEqualTo(Tier.NEW);
        assertThat(scored.after().balance()).isEqualTo(3000);
        assertThat(fold.standing(KEY))
                .isNotNull()
                .extracting(Standing::interactions)
                .isEqualTo(1L);
        assertThat(fold.lastModel(KEY)).isSameAs(MODEL);
    }

    @Test
    void each_fact_starts_from_the_state_after_the_one_before() {
        Scored first = fold.score(MODEL, 1, success(3000));
        Scored second = fold.score(MODEL, 2, Fact.failure("job", "2", KEY, FaultReason.UNPAID, 2000, NOW));

        assertThat(second.before()).isEqualTo(first.after());
        assertThat(second.delta())
                .isEqualTo(MODEL.failureDelta(FaultReason.UNPAID, 2000))
                .isNegative();
    }

    @Test
    void a_reversal_takes_back_the_delta_of_its_original() {
        fold.score(MODEL, 1, success(3000));

        Scored reversal = fold.score(MODEL, 2, reversalOf(1));

        assertThat(reversal.delta()).isEqualTo(-3000);
        assertThat(reversal.after().balance()).isZero();
        assertThat(fold.standing(KEY))
                .isNotNull()
                .extracting(Standing::interactions)
                .isEqualTo(1L);
    }

    @Test
    void a_reversal_of_a_delta_of_0_is_not_negative_zero() {
        fold.score(MODEL, 1, success(0));

        Scored reversal = fold.score(MODEL, 2, reversalOf(1));

        assertThat(Double.doubleToRawLongBits(reversal.delta())).isZero();
    }

    @Test
    void only_facts_that_may_be_reversed_are_kept() {
        FactFold even = new FactFold(id -> id % 2 == 0);
        even.score(MODEL, 1, success(1));
        even.score(MODEL, 2, success(1));
        even.addReversible(9, new Reversible(5, NOW));

        assertThat(even.canReverse(1)).isFalse();
        assertThat(even.canReverse(2)).isTrue();
        assertThat(even.score(MODEL, 10, reversalOf(9)).delta()).isEqualTo(-5);
        assertThatThrownBy(() -> even.score(MODEL, 11, reversalOf(1))).isInstanceOf(NullPointerException.class);
    }

    @Test
    void a_removed_identity_begins_again() {
        fold.score(MODEL, 1, success(3000));

        fold.remove(KEY);

        assertThat(fold.identities()).isEmpty();
        assertThat(fold.lastModel(KEY)).isNull();
        assertThat(fold.score(MODEL, 2, success(5)).before().balance()).isZero();
    }

    @Test
    void a_batch_needs_the_standing_of_every_identity() {
        LedgerFold batch = new LedgerFold(MODEL, LedgerHead.EMPTY, Map.of());

        assertThatThrownBy(() -> batch.fold(new LedgerFold.Waiting(1, success(1), null), NOW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("missing standing");
        assertThat(batch.entries()).isEmpty();
        assertThat(batch.head()).isEqualTo(LedgerHead.EMPTY);
    }
}
