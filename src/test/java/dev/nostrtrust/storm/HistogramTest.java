package dev.nostrtrust.storm;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class HistogramTest {

    @Test
    void percentiles_are_right_to_three_percent() {
        Histogram histogram = new Histogram();
        for (int micros = 1; micros <= 1_000_000; micros += 7) {
            histogram.add(micros);
        }

        assertThat(histogram.millis(0.5)).isCloseTo(500, Percentage.withPercentage(4));
        assertThat(histogram.millis(0.99)).isCloseTo(990, Percentage.withPercentage(4));
        assertThat(histogram.millis(1)).isBetween(1000.0, 1040.0);
    }
}
