package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.TrustPolicy.Model;
import dev.nostrtrust.trust.model.TrustReport.Missing;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a consumer may rely on without asking again: the tier until {@code tier_until}, and the way to the next one. */
class EffectiveTierTest {
    private static final PublicKey KEY = new PublicKey("ab".repeat(32));
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final TrustModel MODEL = new TrustModel(TrustPolicy.defaults());

    private static Standing standing(TrustState state) {
        return new Standing(KEY, state, 1, 0, LocalDate.EPOCH, null, false);
    }

    private static Standing trusted() {
        return standing(MODEL.success(MODEL.newcomer(NOW), 12_500, NOW));
    }

    private static Instant between(Instant from, Instant to, Random random) {
        long micros = Duration.between(from, to).toNanos() / 1_000;
        return from.plusNanos(1_000 * (long) (random.nextDouble() * micros));
    }

    @ParameterizedTest
    @EnumSource
    void until_its_end_the_tier_stays_and_then_it_falls(Model kind) {
        Trials.of(119, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            Histories histories = new Histories(random, model);
            Standing standing = standing(histories.state());
            Instant now = standing.state().asOf().plus(histories.gap());

            EffectiveTier effective = standing.effectiveAt(model, now);

            Instant until = effective.until();
            if (until == null) {
                Instant far = now.plus(Duration.ofDays(365_000));
                assertThat(standing.tierAt(model, far)).isGreaterThanOrEqualTo(effective.tier());
                return;
            }
            assertThat(until).isAfterOrEqualTo(now.minusMillis(10));
            if (until.isAfter(now)) {
                Instant meanwhile = between(now, until, random);
                assertThat(standing.effectiveAt(model, meanwhile)).isEqualTo(effective);
            }
            assertThat(standing.tierAt(model, until.plusMillis(10))).isLessThan(effective.tier());
        });
    }

    @ParameterizedTest
    @EnumSource
    void a_payment_within_the_day_reaches_the_next_tier(Model kind) {
        Trials.of(121, (random, trials) -> {
            TrustModel model = new TrustModel(Policies.any(kind, random));
            Histories histories = new Histories(random, model);
            Standing standing = standing(histories.state());
            Instant now = standing.state().asOf().plus(histories.gap());

            Missing missing = TrustReport.of(model, standing, now).missing();

            if (missing == null || missing.sats() == null) {
                return;
            }
            Instant paid = random.nextInt(4) == 0 ? missing.validUntil() : between(now, missing.validUntil(), random);
            TrustState after = model.success(standing.at(model, paid), missing.sats(), paid);
            assertThat(after.tier()).isGreaterThanOrEqualTo(missing.tier());
        });
    }

    @Test
    void a_promise_is_not_more_than_it_takes_at_its_end() {
        Missing missing =
                Objects.requireNonNull(TrustReport.of(MODEL, trusted(), NOW).missing());

        assertThat(missing.validUntil()).isEqualTo(NOW.plus(Duration.ofDays(1)));
        assertThat(missing.sats()).isEqualTo(22_644);
        TrustState end = trusted().at(MODEL, missing.validUntil());
        assertThat(MODEL.success(end, 22_643, missing.validUntil()).tier()).isEqualTo(Tier.TRUSTED);
        assertThat(MODEL.success(end, 22_644, missing.validUntil()).tier()).isEqualTo(Tier.ELITE);
    }

    @Test
    void a_debtor_pays_what_is_missing_now() {
        Standing debtor = standing(MODEL.failure(MODEL.newcomer(NOW), FaultReason.UNPAID, 100, NOW));

        assertThat(TrustReport.of(MODEL, debtor, NOW).missing())
                .isEqualTo(new Missing(Tier.NEW, 1_500L, null, NOW.plus(Duration.ofDays(1))));
    }

    @Test
    void a_lock_counts_instead_of_the_model_and_has_no_end() {
        Standing standing = trusted();
        Standing locked = standing.after(Fact.lock("1", KEY, Tier.NEW, NOW), standing.state());
        Standing blocked = locked.after(Fact.block("2", KEY, true, NOW), locked.state());
        Standing unlocked = blocked.after(Fact.lock("3", KEY, null, NOW), blocked.state());

        assertThat(standing.effectiveAt(MODEL, NOW).until()).isEqualTo("2026-01-20T19:34:35.243Z");
        assertThat(locked.effectiveAt(MODEL, NOW)).isEqualTo(new EffectiveTier(Tier.NEW, false, null));
        assertThat(blocked.effectiveAt(MODEL, NOW)).isEqualTo(new EffectiveTier(Tier.NEW, true, null));
        assertThat(unlocked.effectiveAt(MODEL, NOW))
                .isEqualTo(new EffectiveTier(
                        Tier.TRUSTED, true, standing.effectiveAt(MODEL, NOW).until()));
        assertThat(unlocked.after(Fact.block("4", KEY, false, NOW), unlocked.state())
                        .effectiveAt(MODEL, NOW))
                .isEqualTo(standing.effectiveAt(MODEL, NOW));
    }
}
