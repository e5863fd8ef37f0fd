package dev.nostrtrust.browser;

import dev.nostrtrust.fixture.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/** What tests bring from npm, as src/test/js/package-lock.json pins it, in a place of its own. */
public final class NodeModules {
    private static final Path SOURCE = Path.of("src/test/js");
    private static final Path PLACE = Path.of("target/node").toAbsolutePath();
    private static final Path LOAD = Path.of("target/load").toAbsolutePath();

    private NodeModules() {}

    /** Brings in the packages and scripts of src/test/js, unless they are there; false without node, npm or network. */
    public static synchronized boolean isInstalled() {
        return isInstalled(SOURCE, PLACE, "nostr-tools");
    }

    /** Brings in the packages and scripts of src/load. */
    public static synchronized boolean hasTypesOfK6() {
        return isInstalled(Path.of("src/load"), LOAD, "@types/k6");
    }

    /** The directory with the packages and the scripts of src/test/js. */
    public static Path directory() {
        return PLACE;
    }

    /** The same of src/load. */
    public static Path load() {
        return LOAD;
    }

    /** Runs a program in a directory and waits for its end. */
    public static Tool.Outcome run(Path directory, String... command) throws IOException, InterruptedException {
        return Tool.run(directory, Map.of(), List.of(command));
    }

    private static boolean isInstalled(Path source, Path place, String probe) {
        try {
            Path lock = place.resolve("package-lock.json");
            boolean current = Files.exists(lock)
                    && Files.mismatch(lock, source.resolve("package-lock.json")) < 0
                    && Files.isDirectory(place.resolve("node_modules").resolve(probe));
            copy(source, place);
            return Tool.runs(place, "node", "--version")
                    && (current || Tool.runs(place, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without what npm has put beside the sources. */
    private static void copy(Path source, Path place) throws IOException {
        Files.createDirectories(place);
        try (var files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(it -> !it.startsWith(source.resolve("node_modules")))
                    .toList()) {
                Path copy = place.resolve(source.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** The node that runs here. */
    static Path node() throws IOException, InterruptedException {
        return Path.of(
                run(Path.of("."), "node", "-p", "process.execPath").output().strip());
    }

    /** A file of a package. */
    static String read(String file) throws IOException {
        return Files.readString(PLACE.resolve("node_modules").resolve(file));
    }
}
