package dev.nostrtrust.evaluation;

import dev.nostrtrust.trust.model.Tier;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How well a predictor foresaw outcomes, each from those before it.
 *
 * @param auc the probability that a good outcome had a higher score than a bad one; ties count half
 * @param logLoss in nats, of the share of good outcomes so far at scores like this one
 * @param tiers outcomes by the tier before them; empty without tiers
 */
record Prediction(double auc, double logLoss, Map<Tier, Outcomes> tiers) {
    /** Ranges of equal size in the order of the scores, in each of which the share of good outcomes is counted. */
    private static final int RANGES = 20;

    /** Outcomes in one tier. */
    record Outcomes(long count, long bad) {
        double badShare() {
            return (double) bad / count;
        }
    }

    static Prediction of(Predictor predictor, List<Rating> ratings) {
        double[] scores = new double[ratings.size()];
        boolean[] good = new boolean[ratings.size()];
        Map<Tier, Outcomes> tiers = new EnumMap<>(Tier.class);
        for (int i = 0; i < scores.length; i++) {
            Rating next = ratings.get(i);
            scores[i] = predictor.score(next.target(), next.at());
            good[i] = next.isGood();
            @Nullable Tier tier = predictor.tier(next.target(), next.at());
            if (tier != null) {
                Outcomes one = new Outcomes(1, next.isGood() ? 0 : 1);
                tiers.merge(tier, one, (a, b) -> new Outcomes(a.count + b.count, a.bad + b.bad));
            }
            predictor.learn(next);
        }
        int[] ranks = ranks(scores);
        return new Prediction(auc(scores, good, ranks), logLoss(scores, good, ranks), tiers);
    }

    /** The indices of scores from the lowest to the highest. */
    private static int[] ranks(double[] scores) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> scores[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** The statistic of Mann and Whitney with the mean rank of tied scores. */
    private static double auc(double[] scores, boolean[] good, int[] order) {
        double rankSum = 0;
        long goods = 0;
        int from = 0;
        while (from < order.length) {
            int to = from;
            long goodHere = 0;
            while (to < order.length && scores[order[to]] == scores[order[from]]) {
                goodHere += good[order[to]] ? 1 : 0;
                to++;
            }
            rankSum += goodHere * ((from + 1 + to) / 2.0);
            goods += goodHere;
            from = to;
        }
        long bads = order.length - goods;
        return (rankSum - goods * (goods + 1) / 2.0) / ((double) goods * bads);
    }

    private static double logLoss(double[] scores, boolean[] good, int[] order) {
        int[] range = ranges(scores, order);
        double[] goods = new double[RANGES];
        double[] all = new double[RANGES];
        double sum = 0;
        for (int i = 0; i < good.length; i++) {
            double probability = (goods[range[i]] + 1) / (all[range[i]] + 2);
            sum -= Math.log(good[i] ? probability : 1 - probability);
            goods[range[i]] += good[i] ? 1 : 0;
            all[range[i]]++;
        }
        return sum / good.length;
    }

    /** The range of each outcome. Tied scores have one range. */
    private static int[] ranges(double[] scores, int[] order) {
        int[] range = new int[order.length];
        int first = 0;
        for (int rank = 0; rank < order.length; rank++) {
            first = scores[order[rank]] == scores[order[first]] ? first : rank;
            range[order[rank]] = (int) ((long) first * RANGES / order.length);
        }
        return range;
    }
}
