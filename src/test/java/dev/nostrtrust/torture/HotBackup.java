package dev.nostrtrust.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;

/**
 * A base backup of a PostgreSQL that goes on working, by its low-level interface: what pg_basebackup does, without
 * being there. Everything that was committed before it ends is in it. Blocks.
 */
final class HotBackup {
    /** What belongs to the running server and not to its data. */
    private static final Set<String> LEFT_OUT = Set.of("postmaster.pid", "postmaster.opts", "pg_wal");

    private HotBackup() {}

    /**
     * Takes it.
     *
     * @param target a directory that there is not yet
     * @param meanwhile is run when the files are copied and the backup has not ended: they are from different moments
     *     then, and the log of what was written meanwhile makes one of them
     */
    static void take(Postgres postgres, Path target, Runnable meanwhile) {
        postgres.execute("ALTER SYSTEM SET wal_keep_size = '1GB'");
        postgres.execute("SELECT pg_reload_conf()");
        try (Connection connection = postgres.connect();
                var statement = connection.createStatement()) {
            statement.execute("SELECT pg_backup_start('drill', true)");
            Files.createDirectories(target.getParent());
            copy(postgres.data(), target, LEFT_OUT);
            meanwhile.run();
            try (var end = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
                end.next();
                Files.writeString(target.resolve("backup_label"), end.getString(1));
            }
            copy(postgres.data().resolve("pg_wal"), target.resolve("pg_wal"), Set.of());
            String password = "postgres.password";
            Files.copy(postgres.directory().resolve(password), target.resolveSibling(password));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(Path from, Path to, Set<String> leftOut) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                if (leftOut.contains(directory.getFileName().toString())) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.copy(directory, to.resolve(from.relativize(directory)), StandardCopyOption.COPY_ATTRIBUTES);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!leftOut.contains(file.getFileName().toString())) {
                    copyIfThere(file, to.resolve(from.relativize(file)));
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) throws IOException {
                if (gone instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw gone;
            }
        });
    }

    /** Files come and go in a database that works; the log knows of those that matter. */
    private static void copyIfThere(Path file, Path target) throws IOException {
        try {
            Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        } catch (NoSuchFileException gone) {
            Files.deleteIfExists(target);
        }
    }
}
