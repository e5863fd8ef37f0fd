package dev.nostrtrust.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a server that brings everything along: its database, the keys it made, a worker token for trying
 * things out. One process at a time holds it. Blocks.
 */
public final class DataDirectory implements AutoCloseable {
    private final Path path;
    private final FileChannel lock;

    private DataDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Takes the directory, making it if need be.
     *
     * @throws IllegalStateException when another process holds it
     */
    public static DataDirectory open(String dataDir) {
        return openUnlessHeld(dataDir)
                .orElseThrow(() -> new IllegalStateException("Another server is running on " + absolute(dataDir)
                        + ". Stop it, or give this one a DATA_DIR of its own."));
    }

    /** The same; empty when another process holds it. */
    public static Optional<DataDirectory> openUnlessHeld(String dataDir) {
        Path path = absolute(dataDir);
        try {
            Files.createDirectories(path);
            FileChannel channel =
                    FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                return Optional.empty();
            }
            return Optional.of(new DataDirectory(path, channel));
        } catch (IOException e) {
            throw new UncheckedIOException("DATA_DIR " + path + " cannot be used: " + reason(e), e);
        }
    }

    public Path path() {
        return path;
    }

    public LocalSecrets secrets() {
        return new LocalSecrets(path);
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "there is something that is no directory";
        }
        if (e instanceof NoSuchFileException) {
            return "it cannot be made there";
        }
        String said = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        return said == null ? e.toString() : said;
    }

    private static Path absolute(String dataDir) {
        return Path.of(dataDir).toAbsolutePath().normalize();
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }
}
