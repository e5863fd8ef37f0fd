package dev.nostrtrust.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** What tests bring from npm, as src/test/js/package-lock.json pins it, in a place of its own. */
public final class NodeModules {
    private static final Path SOURCE = Path.of("src/test/js");
    private static final Path PLACE = Path.of("target/node").toAbsolutePath();

    private NodeModules() {}

    /** How a program ended, and all that it said. */
    public record Outcome(int exitStatus, String output) {}

    /**
     * Skips the test where there is no Node with npm; fails it in CI, which has to have them.
     *
     * @return the directory with the packages and with the scripts of src/test/js
     */
    public static synchronized Path demand() throws InterruptedException {
        boolean there;
        try {
            there = run(Path.of("."), "node", "--version").exitStatus() == 0 && installed();
        } catch (IOException notThere) {
            there = false;
        }
        if (System.getenv("CI") == null) {
            assumeTrue(there, "SKIPPED: no node with npm, or it cannot bring in the packages of src/test/js");
        }
        assertThat(there)
                .as("CI has to have node with npm and the packages of src/test/js")
                .isTrue();
        return PLACE;
    }

    /** Runs a program in a directory and waits for its end. */
    public static Outcome run(Path directory, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }

    private static boolean installed() throws IOException, InterruptedException {
        Files.createDirectories(PLACE);
        Path lock = PLACE.resolve("package-lock.json");
        boolean current = Files.exists(lock)
                && Files.mismatch(lock, SOURCE.resolve("package-lock.json")) < 0
                && Files.isDirectory(PLACE.resolve("node_modules/nostr-tools"));
        try (var scripts = Files.list(SOURCE)) {
            scripts.filter(Files::isRegularFile).forEach(NodeModules::copy);
        }
        return current
                || run(PLACE, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
                                .exitStatus()
                        == 0;
    }

    private static void copy(Path file) {
        try {
            Files.copy(file, PLACE.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
