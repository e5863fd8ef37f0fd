package dev.nostrtrust.db.embedded;

import dev.nostrtrust.config.FileFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A PostgreSQL that runs on a directory, according to its {@code postmaster.pid}. The pid in the file alone proves
 * nothing: after a crash it may belong to another process or to a thread. Blocks.
 */
record PostmasterPid(ProcessHandle process, int port, boolean ready) {
    private static final int LINES = 8;

    /** The PostgreSQL on a directory; empty if the process with the pid of the file is not verified to be it. */
    static Optional<PostmasterPid> read(Path data) {
        try {
            List<String> lines = Files.readAllLines(file(data));
            boolean complete = lines.size() >= LINES;
            return lines.isEmpty()
                    ? Optional.empty()
                    : ProcessHandle.of(number(lines.get(0)))
                            .filter(process -> isOn(process, data))
                            .map(process -> new PostmasterPid(
                                    process,
                                    complete ? number(lines.get(3)) : 0,
                                    complete && lines.get(7).strip().equals("ready")));
        } catch (NoSuchFileException nothingRuns) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(FileFailure.sentence(e), e);
        }
    }

    /** The path of the file. */
    static Path file(Path data) {
        return data.resolve("postmaster.pid");
    }

    /** Parses a pid. Any other text, as in a file truncated by a crash, becomes a pid that no process has. */
    private static int number(String line) {
        try {
            return Math.max(0, Integer.parseInt(line.strip()));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** A postmaster has its data directory as its working directory and as its argument -D. */
    private static boolean isOn(ProcessHandle process, Path data) {
        Path entry = Path.of("/proc", Long.toString(process.pid()));
        try {
            if (Files.exists(entry)) {
                return isPostgres(Files.readSymbolicLink(entry.resolve("exe")).toString())
                        && Files.isSameFile(entry.resolve("cwd"), data);
            }
        } catch (IOException another) { // The process has ended or belongs to another user.
            return false;
        }
        ProcessHandle.Info info = process.info();
        return isPostgres(info.command().orElse(""))
                && Arrays.asList(info.arguments().orElse(new String[0])).contains(data.toString());
    }

    /** The name of the program also matches a file that was replaced since the start. */
    private static boolean isPostgres(String program) {
        return program.replaceFirst(" \\(deleted\\)$", "").matches(".*[/\\\\]postgres(\\.exe)?");
    }
}
