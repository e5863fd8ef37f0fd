package dev.nostrtrust.bench;

import dev.nostrtrust.fixture.TestDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Measures the server and the limits beside it in turn, and writes the table of ratios to target/bench/table.md. */
public final class Bench {
    private static final Path TABLE = BenchEnvironment.DIRECTORY.resolve("table.md");

    /**
     * The settings that docs/operations.md recommends. With the defaults, a large database mostly writes whole pages.
     */
    private static final String POSTGRES =
            "shared_buffers = '4GB'; max_wal_size = '16GB'; checkpoint_timeout = '15min'";

    private final BenchOptions options;
    private final ResultTable table = new ResultTable();

    private Bench(BenchOptions options) {
        this.options = options;
    }

    public static void main(String[] arguments) throws Exception {
        System.setProperty(TestDatabases.SETTINGS, POSTGRES);
        new Bench(BenchOptions.read()).run();
        // The pools of some libraries keep the process alive.
        System.exit(0);
    }

    private void run() throws Exception {
        Files.createDirectories(BenchEnvironment.DIRECTORY);
        String micro = options.selects("JMH") ? microBenchmarks() : "";
        runAll(new StartMeasures(options).selected(), () -> {});
        try (BenchEnvironment environment = BenchEnvironment.start()) {
            runAll(new Measures(environment, options).selected(), environment::settle);
        }
        if (options.entries() > 0) {
            runGrowth();
        }
        Files.writeString(TABLE, machine() + "\n" + table + "\n" + micro);
        System.out.println("\n" + Files.readString(TABLE));
    }

    private String microBenchmarks() throws IOException {
        System.out.println("JMH");
        return MicroBenchmarks.run(options);
    }

    /** Measures the same loads on a small and on a large database, both new. */
    private void runGrowth() throws Exception {
        System.out.println("generating a database with " + options.entries() + " entries");
        BenchDatabase large = BenchDatabase.create(options.entries(), options.identities(), options.jobs());
        BenchDatabase small = BenchDatabase.createSmall();
        try (Generator generator = Generator.start();
                MeasuredServer largeServer = MeasuredServer.start("large", large, generator);
                MeasuredServer smallServer = MeasuredServer.start("small", small, generator)) {
            ServerLoads largeLoads = new ServerLoads(largeServer, generator, options);
            ServerLoads smallLoads = new ServerLoads(smallServer, generator, options);
            runAll(new GrowthMeasures(smallLoads, largeLoads, options).selected(), () -> {
                small.awaitScored();
                large.awaitScored();
            });
        }
    }

    private void runAll(List<Measure> measures, Contender.Preparation settle) throws Exception {
        for (Measure measure : measures) {
            run(measure, settle);
        }
    }

    private void run(Measure measure, Contender.Preparation settle) throws Exception {
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
                settle.run();
                Sample sample = contender.measure();
                samples.computeIfAbsent(contender, first -> new ArrayList<>()).add(sample);
            }
        }
        List<Sample> ours = samples.getOrDefault(measure.ours(), List.of());
        print(measure.name(), ours);
        for (Measure.Limit limit : measure.limits()) {
            if (limit.contender() instanceof Contender.Missing missing) {
                table.add(measure.name(), limit, missing.reason());
            } else {
                List<Sample> theirs = samples.getOrDefault(limit.contender(), List.of());
                table.add(measure.name(), limit, ours, theirs);
                print("    " + limit.name(), theirs);
            }
        }
    }

    /** Prints all samples, for a look at their spread. */
    private static void print(String name, List<Sample> samples) {
        System.out.println(samples.stream()
                .map(sample -> String.format(Locale.ROOT, "%.0f", sample.value()))
                .collect(Collectors.joining(" ", name + ": ", "")));
    }

    /** The line above the table. */
    private String machine() throws IOException {
        Path cpus = Path.of("/proc/cpuinfo");
        String model = !Files.exists(cpus)
                ? System.getProperty("os.arch")
                : Files.readString(cpus)
                        .lines()
                        .filter(line -> line.startsWith("model name"))
                        .findFirst()
                        .map(line -> line.substring(line.indexOf(':') + 2))
                        .orElse(System.getProperty("os.arch"));
        return String.format(
                "%d cores (%s), Java %s, %s. Medians of %d runs of %d s, %d connections.%n",
                Runtime.getRuntime().availableProcessors(),
                model,
                System.getProperty("java.version"),
                LocalDate.now(ZoneOffset.UTC),
                options.runs(),
                options.seconds(),
                options.connections());
    }
}
