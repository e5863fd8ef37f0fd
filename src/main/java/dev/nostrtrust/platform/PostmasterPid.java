package dev.nostrtrust.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What a PostgreSQL that runs on a directory says of itself there, in {@code postmaster.pid}. Blocks. */
record PostmasterPid(long pid, int port, boolean ready) {
    private static final int LINES = 8;

    /** What stands in the file, if it is of a PostgreSQL on this very directory, and that still runs. */
    static Optional<PostmasterPid> read(Path data) {
        try {
            List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
            if (lines.size() < 2 || !Path.of(lines.get(1)).equals(data)) {
                return Optional.empty();
            }
            boolean complete = lines.size() >= LINES;
            return Optional.of(new PostmasterPid(
                            Long.parseLong(lines.get(0).strip()),
                            complete ? Integer.parseInt(lines.get(3).strip()) : 0,
                            complete && lines.get(7).strip().equals("ready")))
                    .filter(found -> found.process().isPresent());
        } catch (NoSuchFileException nothingRuns) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The process, if there is one with this number and it is a PostgreSQL. */
    Optional<ProcessHandle> process() {
        return ProcessHandle.of(pid)
                .filter(process -> process.info().commandLine().orElse("").contains("postgres"));
    }
}
