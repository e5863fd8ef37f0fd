package dev.nostrtrust.examples;

import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts an example with nothing in its environment but the PATH and the settings of its README. */
final class ExampleProgram {
    private final String interpreter;
    private final Path script;
    private final Path output;
    private final Path errors;

    /** A script below src/examples; what its processes write is appended to files in a directory. */
    ExampleProgram(String interpreter, String script, Path directory) {
        this.interpreter = interpreter;
        this.script = Path.of("src/examples").resolve(script).toAbsolutePath();
        this.output = directory.resolve("output");
        this.errors = directory.resolve("errors");
    }

    /** How a process ended. */
    record Outcome(int status, String errors) {}

    /** A process whose standard output goes to a file, which {@link #lines} reads. */
    Process start(Map<String, String> settings, String... arguments) throws IOException {
        return builder(settings, arguments)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .start();
    }

    /** A process whose standard output is a pipe. */
    Process open(Map<String, String> settings, String... arguments) throws IOException {
        return builder(settings, arguments).start();
    }

    /** Runs it without input to its end. */
    Outcome run(Map<String, String> settings, String... arguments) throws IOException, InterruptedException {
        Files.deleteIfExists(errors);
        Process process = builder(settings, arguments)
                .redirectOutput(output.toFile())
                .redirectInput(new File("/dev/null"))
                .start();
        return new Outcome(process.waitFor(), errors());
    }

    /** The whole lines of standard output so far, which are JSON. */
    List<JsonObject> lines() {
        String text = read(output);
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(JsonObject::new)
                .toList();
    }

    /** Standard error so far. */
    String errors() {
        return read(errors);
    }

    private ProcessBuilder builder(Map<String, String> settings, String... arguments) {
        List<String> command = new ArrayList<>(List.of(interpreter, script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
        String path = System.getenv("PATH");
        builder.environment().clear();
        builder.environment().put("PATH", path);
        builder.environment().putAll(settings);
        return builder;
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
