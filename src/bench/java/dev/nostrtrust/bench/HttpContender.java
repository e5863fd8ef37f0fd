package dev.nostrtrust.bench;

/** A server under a load of the generator. */
final class HttpContender implements Contender {
    private final Generator generator;
    private final Words load;
    private final Words warmUp;
    private final double unit;
    private final Preparation preparation;

    /**
     * Creates the contender.
     *
     * @param unit how much one answer counts
     * @param preparation runs before each measurement
     */
    HttpContender(Generator generator, Words load, Words warmUp, double unit, Preparation preparation) {
        this.generator = generator;
        this.load = load;
        this.warmUp = warmUp;
        this.unit = unit;
        this.preparation = preparation;
    }

    @Override
    public void warmUp() throws Exception {
        preparation.run();
        generator.run(warmUp);
    }

    @Override
    public Sample measure() throws Exception {
        preparation.run();
        Words result = generator.run(load);
        return new Sample(result.number("rate") * unit, result.number("cpu"));
    }
}
