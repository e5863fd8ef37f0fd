package dev.nostrtrust.bench;

import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import dev.nostrtrust.trust.model.TrustState;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Applies a success to an identity with some history, and computes its score. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TrustModelBenchmark {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final TrustModel model = new TrustModel(TrustPolicy.defaults());
    private final TrustState state = model.success(model.newcomer(START), 3000, START.plusSeconds(3600));
    private final Instant later = START.plusSeconds(30 * 86_400);

    @Benchmark
    public double success() {
        return model.score(model.success(state, 21, later).balance());
    }
}
