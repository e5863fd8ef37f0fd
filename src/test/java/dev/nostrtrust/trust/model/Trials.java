package dev.nostrtrust.trust.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.DoubleStream;

/**
 * Tests a law with 1,000 seeded cases, or with the number in {@code -Dlaws.cases} (10,000 in {@code -Pfull}). A failure
 * names the seed and the index of its case; each case has its own generator, so it can be repeated alone. Balances must
 * agree to 1e-7. Tiers must be equal, except in a case whose scores differ by rounding only and are within 1e-9 of a
 * threshold. Fewer than one case in a hundred may be such a case.
 */
final class Trials {
    static final int CASES = Integer.getInteger("laws.cases", 1_000);
    private static final double EDGE = 1e-9;

    private boolean onEdge;

    private Trials() {}

    /** One case of a law. */
    @FunctionalInterface
    interface Law {
        void tryOn(Random random, Trials trials);
    }

    static void of(long seed, Law law) {
        int skipped = 0;
        for (int index = 0; index < CASES; index++) {
            Trials trials = new Trials();
            try {
                law.tryOn(random(seed, index), trials);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("case " + index + " of seed " + seed + ": " + e.getMessage(), e);
            }
            skipped += trials.onEdge ? 1 : 0;
        }
        assertThat(skipped).as("cases on a tier's edge").isLessThan(CASES / 100);
    }

    static Random random(long seed, int index) {
        return new Random(seed + index * 0x9E3779B97F4A7C15L);
    }

    /** Asserts that both states have the same time, balance and tier. */
    void same(TrustModel model, TrustState one, TrustState other, double moved) {
        assertThat(one.asOf()).isEqualTo(other.asOf());
        assertThat(one.lastSuccessAt()).isEqualTo(other.lastSuccessAt());
        sameBalance(one, other, moved);
        if (comparable(model, one, other)) {
            assertThat(one.tier()).as(() -> one + " against " + other).isEqualTo(other.tier());
        }
    }

    void sameBalance(TrustState one, TrustState other, double moved) {
        assertThat(Math.abs(one.balance() - other.balance()))
                .as(() -> one + " against " + other)
                .isLessThanOrEqualTo(tolerance(one, other, moved));
    }

    /** Asserts that the better state has the same time and at least the same balance, score and tier. */
    void noWorse(TrustModel model, TrustState better, TrustState worse, double moved) {
        assertThat(better.asOf()).isEqualTo(worse.asOf());
        assertThat(better.balance())
                .as(() -> better + " against " + worse)
                .isGreaterThanOrEqualTo(worse.balance() - tolerance(better, worse, moved));
        assertThat(model.score(better.balance()))
                .as(() -> better + " against " + worse)
                .isGreaterThanOrEqualTo(model.score(worse.balance()) - EDGE);
        if (comparable(model, better, worse)) {
            assertThat(better.tier()).as(() -> better + " against " + worse).isGreaterThanOrEqualTo(worse.tier());
        }
    }

    /** Whether tiers are comparable. After a case was at a threshold, its tiers may differ permanently. */
    private boolean comparable(TrustModel model, TrustState one, TrustState other) {
        double a = model.score(one.balance());
        double b = model.score(other.balance());
        boolean apartByRounding = Double.compare(a, b) != 0 && Math.abs(a - b) < 2 * EDGE;
        onEdge |= apartByRounding && (nearEdge(model, a) || nearEdge(model, b));
        return !onEdge;
    }

    private static boolean nearEdge(TrustModel model, double score) {
        for (Tier tier : Tier.values()) {
            boolean near = DoubleStream.of(
                            model.policy().threshold(tier), model.policy().keepThreshold(tier))
                    .anyMatch(edge -> edge > 0 && Math.abs(score - edge) < EDGE);
            if (near) {
                return true;
            }
        }
        return false;
    }

    private static double tolerance(TrustState one, TrustState other, double moved) {
        return 1e-7 * Math.max(Math.abs(one.balance()), Math.abs(other.balance())) + 1e-13 * moved + 1e-9;
    }
}
