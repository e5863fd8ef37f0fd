package dev.nostrtrust.bench;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;

/** A class path without directories, which an AOT cache cannot be made from. */
final class JarClassPath {
    private JarClassPath() {}

    /** The libraries of this process, and a jar with the classes of some directories in it. */
    static List<Path> of(String name, List<Class<?>> classes) throws URISyntaxException {
        List<Path> all = new ArrayList<>();
        for (Class<?> each : classes) {
            Path place = Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI());
            all.add(Files.isDirectory(place) ? jar(place, name + "-" + all.size()) : place);
        }
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.endsWith(".jar") && Files.exists(Path.of(entry)))
                .map(Path::of)
                .forEach(all::add);
        return all;
    }

    static String join(List<Path> classPath) {
        return classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static Path jar(Path directory, String name) {
        Path jar = BenchEnvironment.DIRECTORY.resolve(name + ".jar");
        ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
        if (tool.run(System.out, System.err, "--create", "--file", jar.toString(), "-C", directory.toString(), ".") != 0) {
            throw new IllegalStateException("no jar of " + directory);
        }
        return jar;
    }
}
