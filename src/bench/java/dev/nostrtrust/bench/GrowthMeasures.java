package dev.nostrtrust.bench;

import static dev.nostrtrust.bench.Measure.Limit.atMost;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/** The cost of each request on a large database beside that on a small one, in microseconds per request. */
final class GrowthMeasures {
    private final ServerLoads small;
    private final ServerLoads large;
    private final BenchOptions options;

    GrowthMeasures(ServerLoads small, ServerLoads large, BenchOptions options) {
        this.small = small;
        this.large = large;
        this.options = options;
    }

    List<Measure> selected() {
        return Stream.of(
                        growth("full login", ServerLoads::login),
                        growth("POST /api/jobs", ServerLoads::create),
                        growth("create + claim + complete", ServerLoads::cycle),
                        growth("claim-next", ServerLoads::claim),
                        growth("GET /api/jobs/{id}", ServerLoads::poll),
                        growth("scoring, per fact", ServerLoads::scoring),
                        growth("batch lookup, per key", ServerLoads::lookUp))
                .filter(measure -> options.selects(measure.name()))
                .toList();
    }

    private Measure growth(String name, Function<ServerLoads, Contender> load) {
        return new Measure(
                String.format(Locale.ROOT, "growth: %s at %,d entries, µs", name, options.entries()),
                new Cost(load.apply(large)),
                List.of(atMost(1.2, "the same at 10,000", new Cost(load.apply(small)))));
    }

    /** The inverse of a rate. */
    private record Cost(Contender rate) implements Contender {
        @Override
        public void warmUp() throws Exception {
            rate.warmUp();
        }

        @Override
        public Sample measure() throws Exception {
            Sample sample = rate.measure();
            return new Sample(1e6 / sample.value(), sample.generatorCpu());
        }
    }
}
