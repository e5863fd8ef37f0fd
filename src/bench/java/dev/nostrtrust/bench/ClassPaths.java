package dev.nostrtrust.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Class paths of processes. That of this process has the libraries of the tests, with which Vert.x behaves differently.
 */
final class ClassPaths {
    private static final Path BUILT = Path.of("target").toAbsolutePath();

    private ClassPaths() {}

    /**
     * The class path of the release: its jar, and the libraries that its manifest names.
     *
     * @throws IllegalStateException if the jar was not built
     */
    static String release() throws IOException {
        Path jar = releaseJar();
        Set<String> libraries;
        try (JarFile file = new JarFile(jar.toFile())) {
            String names = file.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            libraries = Set.of(names.split(" ", -1));
        }
        return join(Stream.concat(
                Stream.of(jar.toString()), entries().filter(entry -> libraries.contains(new File(entry).getName()))));
    }

    /**
     * The class path of the release, and a jar with the classes of the bench before it: an AOT cache takes jars only.
     */
    static String releaseWithBench() throws IOException {
        Path classes = Path.of(entries()
                .filter(entry -> Files.exists(Path.of(entry, "dev", "nostrtrust", "bench")))
                .findFirst()
                .orElseThrow());
        Path jar = BenchEnvironment.DIRECTORY.resolve("bench.jar");
        ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
        String[] arguments = {"--create", "--file", jar.toString(), "-C", classes.toString(), "dev/nostrtrust/bench"};
        if (tool.run(System.out, System.err, arguments) != 0) {
            throw new IllegalStateException("no jar of " + classes);
        }
        return jar + File.pathSeparator + release();
    }

    /** The class path of this process without the library that changes how Vert.x reads JSON. */
    static String withoutDatabind() {
        return join(entries().filter(entry -> !entry.contains("jackson-databind")));
    }

    private static Path releaseJar() throws IOException {
        try (Stream<Path> files = Files.list(BUILT)) {
            return files.filter(file -> file.getFileName().toString().matches("nostr-trust-engine-.*\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no nostr-trust-engine jar in " + BUILT));
        }
    }

    private static Stream<String> entries() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1));
    }

    private static String join(Stream<String> entries) {
        return entries.collect(Collectors.joining(File.pathSeparator));
    }
}
