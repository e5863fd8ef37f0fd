package dev.nostrtrust.evaluation;

import dev.nostrtrust.evaluation.Prediction.Outcomes;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Compares trust policies with other predictors on a file of ratings, and simulates attacks on them. Prints two tables.
 * The command: docs/trust.md.
 */
public final class TrustEvaluation {
    /** What a rating counts as, whatever its value: the least that a fault counts as in the default policy. */
    private static final long SATS = 1000;

    /** About the share of good ratings in public data. */
    private static final double PRIOR = 0.9;

    private static final Duration FORGETTING = Duration.ofDays(60);

    private TrustEvaluation() {}

    /** Reads the file of the first argument; without an argument, only attacks are simulated. */
    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            List<Rating> ratings = Rating.read(Path.of(arguments[0]));
            long bad = ratings.stream().filter(rating -> !rating.isGood()).count();
            System.out.printf(
                    Locale.ROOT, "%,d outcomes, %.1f %% of them bad%n%n", ratings.size(), 100.0 * bad / ratings.size());
            System.out.println("| predictor | AUC | log-loss | bad outcomes by tier before them |");
            System.out.println("|---|---|---|---|");
            predictors().forEach((name, predictor) -> print(name, Prediction.of(predictor, ratings)));
            System.out.println();
        }
        AttackTable.print(System.out);
    }

    static Map<String, Predictor> predictors() {
        Map<String, Predictor> predictors = new LinkedHashMap<>();
        predictors.put("balance, the default policy", Predictor.of(new TrustModel(TrustPolicy.defaults()), SATS));
        predictors.put("linear", Predictor.of(linear(), SATS));
        predictors.put("Beta, mean", Predictor.beta(PRIOR, null));
        predictors.put("Beta, half-life of 60 days", Predictor.beta(PRIOR, FORGETTING));
        return predictors;
    }

    static TrustModel linear() {
        return new TrustModel(TrustPolicy.parse(Map.of("TRUST_MODEL", "linear")));
    }

    private static void print(String name, Prediction prediction) {
        StringBuilder tiers = new StringBuilder();
        for (Tier tier : Tier.values()) {
            Outcomes outcomes = prediction.tiers().get(tier);
            if (outcomes != null) {
                tiers.append(String.format(
                        Locale.ROOT,
                        "%s%s %.1f %% of %,d",
                        tiers.isEmpty() ? "" : ", ",
                        tier.code(),
                        100 * outcomes.badShare(),
                        outcomes.count()));
            }
        }
        System.out.printf(
                Locale.ROOT, "| %s | %.3f | %.3f | %s |%n", name, prediction.auc(), prediction.logLoss(), tiers);
    }
}
