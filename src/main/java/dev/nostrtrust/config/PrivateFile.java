package dev.nostrtrust.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.function.Supplier;

/** Files and directories that only their owner may read, such as generated keys. Blocks. */
public final class PrivateFile {
    public static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

    /** The permissions of a private directory. */
    public static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private PrivateFile() {}

    /** The content of a file; a missing file is created first. */
    static String readOrCreate(Path file, Supplier<String> content) {
        try {
            if (!Files.exists(file)) {
                createDirectories(file.toAbsolutePath().resolveSibling(""));
                write(file, content.get());
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(FileFailure.sentence(e), e);
        }
    }

    /** Replaces a file atomically. */
    static void write(Path file, String content) {
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(draft);
            if (POSIX) {
                Files.createFile(
                        draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            Files.writeString(draft, content + "\n", StandardCharsets.UTF_8);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(FileFailure.sentence(e), e);
        }
    }

    /** Creates a private directory and its missing parents. */
    public static void createDirectories(Path directory) throws IOException {
        if (POSIX) {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(DIRECTORY));
        } else {
            Files.createDirectories(directory);
        }
    }

    /**
     * The owner of files that this process creates in a directory. On some network file systems it is not the process
     * user.
     */
    public static UserPrincipal owner(Path directory) throws IOException {
        Path probe = Files.createTempFile(directory, "owner", null);
        try {
            return Files.getOwner(probe);
        } finally {
            Files.delete(probe);
        }
    }
}
