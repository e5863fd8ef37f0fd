package dev.nostrtrust.bench;

import java.io.IOException;

/** Processes that end with this one, even if it fails. */
final class ChildProcesses {
    private ChildProcesses() {}

    static Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            process.destroy();
            process.onExit().join();
        }));
        return process;
    }
}
