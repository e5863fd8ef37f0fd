package dev.nostrtrust.bench;

/**
 * The latency of an open loop at half of the rate of a closed one. The value is the 99th percentile in microseconds.
 * Belongs to one thread.
 */
final class HalfOfPeak implements Contender {
    private final Generator generator;
    private final Words closed;
    private double half;
    private double median;

    /**
     * Creates the contender.
     *
     * @param closed the closed loop
     */
    HalfOfPeak(Generator generator, Words closed) {
        this.generator = generator;
        this.closed = closed;
    }

    @Override
    public void warmUp() throws Exception {
        generator.run(closed);
    }

    @Override
    public Sample measure() throws Exception {
        if (half == 0) {
            half = generator.run(closed).number("rate") / 2;
        }
        Words result = generator.run(closed.with("rate", half));
        median = result.number("p50");
        return new Sample(result.number("p99"), result.number("cpu"));
    }

    /** The median of the latest measurement. */
    Contender p50() {
        return () -> Sample.of(median);
    }
}
