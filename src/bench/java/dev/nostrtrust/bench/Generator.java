package dev.nostrtrust.bench;

import dev.nostrtrust.fixture.Program;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The process of {@link LoadGenerator}. It stays for the whole run, so that its code is compiled. */
final class Generator implements AutoCloseable {
    private final Process process;
    private final BufferedWriter loads;
    private final BufferedReader results;

    private Generator(Process process) {
        this.process = process;
        this.loads = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        this.results = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static Generator start() throws IOException {
        List<String> command =
                Program.commandOf(LoadGenerator.class.getName(), List.of("-Xmx512m", "-XX:+UseSerialGC"));
        return new Generator(
                ChildProcesses.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT)));
    }

    /** Runs a load and returns its result: rate, mostly p50 and p99 in microseconds, and cpu. */
    Words run(Words load) throws IOException {
        loads.write(load + "\n");
        loads.flush();
        String result = results.readLine();
        if (result == null) {
            throw new IllegalStateException("the load generator has ended during " + load.text("kind"));
        }
        return Words.parse(result);
    }

    @Override
    public void close() {
        process.destroy();
    }
}
