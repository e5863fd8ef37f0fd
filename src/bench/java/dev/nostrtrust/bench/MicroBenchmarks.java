package dev.nostrtrust.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmarks of JMH, in a process of their own, as a table of microseconds. */
final class MicroBenchmarks {
    private MicroBenchmarks() {}

    static String run(BenchOptions options) throws RunnerException {
        List<RunResult> results = List.copyOf(new Runner(new OptionsBuilder()
                        .include("dev\\.nostrtrust\\..*Benchmark\\.")
                        .forks(1)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.seconds(options.seconds()))
                        .measurementIterations(options.runs())
                        .measurementTime(TimeValue.seconds(options.seconds()))
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run());
        return results.stream()
                .map(MicroBenchmarks::row)
                .collect(Collectors.joining("\n", "| one thread | µs | ± |\n|---|---|---|\n", "\n"));
    }

    private static String row(RunResult result) {
        String name = result.getParams().getBenchmark();
        var score = result.getPrimaryResult();
        return String.format(
                Locale.ROOT,
                "| %s | %.3f | %.3f |",
                name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1),
                score.getScore(),
                score.getStatistics().getStandardDeviation());
    }
}
