package dev.nostrtrust.bench;

import dev.nostrtrust.fixture.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** The milliseconds from the start of a Java process until it listens. */
final class StartTime implements Contender {
    private static final int AOT_SINCE = 25;
    private static final long TRAINING_MILLIS = 2000;

    private final String name;
    private final String classPath;
    private final String main;
    private final IntFunction<List<String>> arguments;
    private final IntFunction<Map<String, String>> environment;
    private final Path cache;

    /**
     * Creates the contender.
     *
     * @param arguments the arguments of the main class, for a port
     * @param environment the variables of the process, for a port
     */
    StartTime(
            String name,
            String classPath,
            String main,
            IntFunction<List<String>> arguments,
            IntFunction<Map<String, String>> environment) {
        this.name = name;
        this.classPath = classPath;
        this.main = main;
        this.arguments = arguments;
        this.environment = environment;
        this.cache = BenchEnvironment.DIRECTORY.resolve(name + ".aot");
    }

    /** Whether this Java has an AOT cache. */
    static boolean hasCache() {
        return Runtime.version().feature() >= AOT_SINCE;
    }

    /** Makes the AOT cache from a training run, as the release does. */
    @Override
    public void warmUp() throws Exception {
        if (hasCache()) {
            start(List.of("-XX:AOTCacheOutput=" + cache), TRAINING_MILLIS);
            if (!Files.exists(cache)) {
                throw new IllegalStateException("no AOT cache was made for " + name);
            }
        }
        start(options(), 0);
    }

    @Override
    public Sample measure() throws Exception {
        return Sample.of(start(options(), 0));
    }

    private List<String> options() {
        return hasCache() ? List.of("-XX:AOTMode=on", "-XX:AOTCache=" + cache) : List.of();
    }

    private double start(List<String> options, long running) throws IOException, InterruptedException {
        int port = FreePorts.next();
        List<String> command = JavaCommand.of(options, classPath, main);
        command.addAll(arguments.apply(port));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        BenchEnvironment.DIRECTORY.resolve(name + ".log").toFile());
        builder.environment().putAll(environment.apply(port));
        long start = System.nanoTime();
        Process process = ChildProcesses.start(builder);
        BenchEnvironment.awaitPort(port, process);
        double millis = (System.nanoTime() - start) / 1e6;
        Thread.sleep(running);
        process.destroy();
        process.waitFor();
        return millis;
    }
}
