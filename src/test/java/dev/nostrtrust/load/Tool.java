package dev.nostrtrust.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A program that a machine may have or not. */
record Tool(Path directory, Map<String, String> environment) {

    /** How a program ended, and all that it said. */
    record Outcome(int exitStatus, String output) {}

    /**
     * Skips the test where this program does not run on this machine; fails it in CI, which has to have it.
     *
     * @param hint what is missing
     */
    void demand(String hint, List<String> command) throws InterruptedException {
        boolean there;
        try {
            there = run(command).exitStatus() == 0;
        } catch (IOException notThere) {
            there = false;
        }
        if (System.getenv("CI") == null) {
            assumeTrue(there, "SKIPPED: " + hint);
        }
        assertThat(there).as("CI has to have it: " + hint).isTrue();
    }

    /** Waits for the end of the program. */
    Outcome run(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }
}
