package dev.nostrtrust.db.embedded;

import dev.nostrtrust.config.FileFailure;
import dev.nostrtrust.config.LocalSecrets;
import dev.nostrtrust.config.PrivateFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data directory of a server with the embedded database: its data, generated keys and a worker token. One process
 * at a time holds it. Blocks.
 */
public final class DataDirectory implements AutoCloseable {
    /** The advice for an unusable directory. */
    static final String WAY_OUT = "Set DATA_DIR to another directory, or set DATABASE_URL.";

    private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);

    private final Path path;
    private final FileChannel lock;

    private DataDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Opens and locks the directory; creates it if it is missing.
     *
     * @throws IllegalStateException if another process holds it
     */
    public static DataDirectory open(String dataDir) {
        return openUnlessHeld(dataDir)
                .orElseThrow(() -> new IllegalStateException("Another server is running on " + absolute(dataDir)
                        + ". Stop it, or give this one a DATA_DIR of its own."));
    }

    /** Opens and locks the directory; empty if another process holds it. */
    public static Optional<DataDirectory> openUnlessHeld(String dataDir) {
        Path path = absolute(dataDir);
        try {
            PrivateFile.createDirectories(path);
            expectOurs(path);
            FileChannel channel =
                    FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                return Optional.empty();
            }
            return Optional.of(new DataDirectory(path, channel));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "DATA_DIR " + path + " cannot be used: " + FileFailure.reason(e) + ". " + WAY_OUT, e);
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

    /**
     * A user who can write here can run programs as this process, because PostgreSQL runs commands of its
     * configuration.
     */
    private static void expectOurs(Path path) throws IOException {
        if (!PrivateFile.POSIX) {
            return;
        }
        PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
        boolean ours = attributes.owner().equals(PrivateFile.owner(path));
        if (!ours && !Files.getAttribute(path, "unix:uid").equals(0)) {
            throw new IllegalStateException(
                    "DATA_DIR " + path + " belongs to " + attributes.owner().getName()
                            + ", who could run programs as this user. Start the server as its owner, give it a DATA_DIR of its"
                            + " own, or set DATABASE_URL.");
        }
        Set<PosixFilePermission> permissions = attributes.permissions();
        boolean writable = permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE);
        if (writable && ours) {
            LOG.warn("DATA_DIR {} could be written by others; its permissions are now 0700", path);
            Files.setPosixFilePermissions(path, PrivateFile.DIRECTORY);
        } else if (writable) {
            LOG.warn("DATA_DIR {} can be written by others, who could run programs as this user", path);
        }
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
