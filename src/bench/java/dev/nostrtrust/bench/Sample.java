package dev.nostrtrust.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The result of one measurement.
 *
 * @param value in the unit of the measure, mostly per second
 * @param generatorCpu the share of one core that the load generator took; NaN without it
 */
record Sample(double value, double generatorCpu) {

    static Sample of(double value) {
        return new Sample(value, Double.NaN);
    }

    static double median(List<Sample> samples, ToDoubleFunction<Sample> column) {
        double[] sorted = samples.stream().mapToDouble(column).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1
                ? sorted[half]
                : Arrays.stream(sorted, half - 1, half + 1).average().orElseThrow();
    }
}
