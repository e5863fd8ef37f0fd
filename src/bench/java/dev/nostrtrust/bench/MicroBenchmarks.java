package dev.nostrtrust.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmarks of JMH, in processes of their own, as a table of microseconds. */
final class MicroBenchmarks {
    private MicroBenchmarks() {}

    /** Runs them with the libraries of the release. */
    static String run(BenchOptions options) throws IOException {
        List<String> command = JavaCommand.of(List.of(), ClassPaths.withoutDatabind(), MicroBenchmarks.class.getName());
        command.addAll(List.of(String.valueOf(options.runs()), String.valueOf(options.seconds())));
        Process process =
                ChildProcesses.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("|"))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** Prints the table. Arguments: the number of measurements, and the seconds of each. */
    public static void main(String[] arguments) throws RunnerException {
        TimeValue time = TimeValue.seconds(Long.parseLong(arguments[1]));
        List<RunResult> results = List.copyOf(new Runner(new OptionsBuilder()
                        .include("dev\\.nostrtrust\\..*Benchmark\\.")
                        .forks(1)
                        .warmupIterations(3)
                        .warmupTime(time)
                        .measurementIterations(Integer.parseInt(arguments[0]))
                        .measurementTime(time)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run());
        System.out.println("| one thread | µs | ± |\n|---|---|---|");
        results.forEach(result -> System.out.println(row(result)));
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
