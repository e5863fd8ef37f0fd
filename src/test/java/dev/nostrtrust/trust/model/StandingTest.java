package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.FactFold;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The standing of an identity after a change of the policy. */
class StandingTest {
    private static final PublicKey KEY = new PublicKey("ab".repeat(32));
    private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant NOW = THEN.plus(Duration.ofDays(40));
    private static final TrustModel OLD = linear("10");
    private static final TrustModel NEW = linear("15");

    private static TrustModel linear(String baseline) {
        return new TrustModel(TrustPolicy.parse(Map.of("TRUST_MODEL", "linear", "TRUST_BASELINE", baseline)));
    }

    @Test
    void an_identity_without_history_is_a_newcomer_under_the_current_policy() {
        Standing standing = Standing.newcomer(OLD, KEY, THEN);

        TrustReport report = TrustReport.of(NEW, standing, NOW);

        assertThat(report.score()).isEqualTo(15);
        assertThat(report.effective().tier()).isEqualTo(Tier.NEW);
        assertThat(standing.hasHistory()).isFalse();
    }

    @Test
    void an_identity_with_history_keeps_its_balance() {
        Fact adjustment = Fact.adjustment("1", KEY, 2, THEN);
        Standing standing =
                Standing.newcomer(OLD, KEY, THEN).after(adjustment, new TrustState(12, THEN, Tier.NEW, null));

        assertThat(standing.hasHistory()).isTrue();
        assertThat(TrustReport.of(NEW, standing, NOW).score()).isEqualTo(12);
    }

    @Test
    void a_first_fact_is_never_late() {
        FactFold facts = new FactFold(id -> false);
        facts.add(Standing.newcomer(new TrustModel(TrustPolicy.defaults()), KEY, NOW));

        facts.score(new TrustModel(TrustPolicy.defaults()), 1, Fact.success("job", "1", KEY, 3000, THEN));

        assertThat(facts.standing(KEY)).extracting(Standing::state).satisfies(state -> {
            assertThat(state.balance()).isEqualTo(3000);
            assertThat(state.asOf()).isEqualTo(THEN);
        });
    }
}
