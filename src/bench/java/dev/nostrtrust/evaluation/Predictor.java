package dev.nostrtrust.evaluation;

import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ranks targets by their past. A higher score predicts a good outcome. */
interface Predictor {
    /** The score of a target before its next outcome. */
    double score(String target, Instant now);

    /** The tier of a target; null where the predictor has no tiers. */
    @Nullable
    Tier tier(String target, Instant now);

    void learn(Rating outcome);

    /** A trust policy. Each outcome counts as this many sats, paid or lost. */
    static Predictor of(TrustModel model, long sats) {
        return new Predictor() {
            private final Map<String, TrustState> states = new HashMap<>();

            @Override
            public double score(String target, Instant now) {
                return model.score(at(target, now).balance());
            }

            @Override
            public Tier tier(String target, Instant now) {
                return at(target, now).tier();
            }

            @Override
            public void learn(Rating outcome) {
                TrustState before = at(outcome.target(), outcome.at());
                states.put(
                        outcome.target(),
                        outcome.isGood()
                                ? model.success(before, sats, outcome.at())
                                : model.failure(before, FaultReason.UNPAID, sats, outcome.at()));
            }

            private TrustState at(String target, Instant now) {
                TrustState state = states.get(target);
                return state == null ? model.newcomer(now) : model.decay(state, now);
            }
        };
    }

    /**
     * The mean of a Beta distribution of good and bad outcomes, each counted once (Jøsang and Ismail, The Beta
     * Reputation System, 2002).
     *
     * @param prior the share of good outcomes of an unknown target; it counts as one outcome
     * @param halfLife after which a past outcome counts half; null never to forget
     */
    static Predictor beta(double prior, @Nullable Duration halfLife) {
        return new Predictor() {
            private final Map<String, double[]> counts = new HashMap<>();
            private final Map<String, Instant> times = new HashMap<>();

            @Override
            public double score(String target, Instant now) {
                double[] known = counts.getOrDefault(target, new double[2]);
                double kept = kept(target, now);
                return (prior + kept * known[0]) / (1 + kept * (known[0] + known[1]));
            }

            @Override
            public @Nullable Tier tier(String target, Instant now) {
                return null;
            }

            @Override
            public void learn(Rating outcome) {
                double kept = kept(outcome.target(), outcome.at());
                double[] known = counts.computeIfAbsent(outcome.target(), target -> new double[2]);
                known[0] = known[0] * kept + (outcome.isGood() ? 1 : 0);
                known[1] = known[1] * kept + (outcome.isGood() ? 0 : 1);
                times.put(outcome.target(), outcome.at());
            }

            private double kept(String target, Instant now) {
                Instant last = times.get(target);
                return halfLife == null || last == null
                        ? 1
                        : Math.pow(2, -(double) Duration.between(last, now).toMillis() / halfLife.toMillis());
            }
        };
    }
}
