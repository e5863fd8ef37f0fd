package dev.nostrtrust.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Measures the server and the limits beside it in turn, and writes the table of ratios to target/bench/table.md. */
public final class Bench {
    private final BenchOptions options;
    private final ResultTable table = new ResultTable();

    private Bench(BenchOptions options) {
        this.options = options;
    }

    public static void main(String[] arguments) throws Exception {
        new Bench(BenchOptions.read()).run();
        // The pools of some libraries keep the process alive.
        System.exit(0);
    }

    private void run() throws Exception {
        try (BenchEnvironment environment = BenchEnvironment.start()) {
            for (Measure measure : new Measures(environment, options).selected()) {
                run(measure, environment);
            }
        }
        Path file = BenchEnvironment.DIRECTORY.resolve("table.md");
        Files.writeString(file, table.toString());
        System.out.println();
        System.out.println(table);
    }

    private void run(Measure measure, BenchEnvironment environment) throws Exception {
        Map<Contender, List<Sample>> samples = new HashMap<>();
        List<Contender> contenders = new ArrayList<>(List.of(measure.ours()));
        measure.limits().stream()
                .map(Measure.Limit::contender)
                .filter(contender -> !(contender instanceof Contender.Missing))
                .forEach(contenders::add);
        for (Contender contender : contenders) {
            contender.warmUp();
        }
        for (int i = 0; i < options.runs(); i++) {
            for (Contender contender : contenders) {
                environment.settle();
                Sample sample = contender.measure();
                samples.computeIfAbsent(contender, first -> new ArrayList<>()).add(sample);
            }
        }
        List<Sample> ours = samples.getOrDefault(measure.ours(), List.of());
        for (Measure.Limit limit : measure.limits()) {
            if (limit.contender() instanceof Contender.Missing missing) {
                table.add(measure.name(), limit, missing.reason());
            } else {
                List<Sample> theirs = samples.getOrDefault(limit.contender(), List.of());
                table.add(measure.name(), limit, ours, theirs);
                print(measure.name(), ours);
                print("    " + limit.name(), theirs);
            }
        }
    }

    private static void print(String name, List<Sample> samples) {
        List<String> values = samples.stream()
                .map(sample -> String.format(Locale.ROOT, "%.0f", sample.value()))
                .toList();
        System.out.println(name + ": " + String.join(" ", values));
    }
}
