package dev.nostrtrust.db.embedded;

import dev.nostrtrust.config.FileFailure;
import dev.nostrtrust.config.PrivateFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;

/**
 * The programs of the embedded PostgreSQL. They are unpacked from the archive on the class path into a private
 * directory and compared with that archive before each use. Blocks.
 */
final class PostgresPrograms {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresPrograms.class);
    private static final String WINDOWS = "windows";
    private static final String UNSHARE = "unshare";

    /** The environment variables that a program inherits. */
    private static final Set<String> ENVIRONMENT = Set.of(
            "PATH",
            "HOME",
            "TMPDIR",
            "LD_PRELOAD",
            "NSS_WRAPPER_PASSWD",
            "NSS_WRAPPER_GROUP",
            "SystemRoot",
            "TEMP",
            "TMP");

    private final Path directory;

    private PostgresPrograms(Path directory) {
        this.directory = directory;
    }

    /**
     * The programs in a directory. Unpacks them unless the directory is private and holds exactly the files of the
     * archive. Several processes may share it.
     *
     * @throws IllegalStateException if there is no archive for this platform, or if programs cannot run there
     */
    static synchronized PostgresPrograms in(Path directory) {
        Path lock = directory.resolveSibling(directory.getFileName() + ".lock");
        try (FileChannel file = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = file.lock()) {
            LOG.debug("looking at {}, {}", directory, held);
            if (!isIntact(directory)) {
                unpack(archive(), directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The embedded PostgreSQL cannot be unpacked to " + directory + ": " + FileFailure.reason(e) + ". "
                            + DataDirectory.WAY_OUT,
                    e);
        }
        PostgresPrograms programs = new PostgresPrograms(directory);
        if (!Files.isExecutable(programs.path("postgres"))) {
            throw new IllegalStateException("No program can be run from " + directory
                    + ": its file system is mounted with noexec. " + DataDirectory.WAY_OUT);
        }
        return programs;
    }

    /**
     * Runs a program to its end.
     *
     * @throws IllegalStateException with its message if it cannot run or fails
     */
    void run(String program, String... arguments) {
        run(line -> LOG.debug("{}: {}", program, line), () -> {}, program, arguments);
    }

    /**
     * Runs a program that leaves another one running.
     *
     * @param listener gets each line of the output of both, on a thread of its own
     * @param end runs when both have ended
     */
    void run(Consumer<String> listener, Runnable end, String program, String... arguments) {
        List<String> command = new ArrayList<>(prefix(program));
        command.add(path(program).toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // Keeps secrets, locales, library paths and settings of other PostgreSQLs from the programs.
        builder.environment().keySet().retainAll(ENVIRONMENT);
        PostgresOutput output = new PostgresOutput(listener, end);
        int status;
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            output.read(process.getInputStream());
            status = process.waitFor();
        } catch (IOException e) {
            throw new IllegalStateException(failure(program, String.valueOf(e.getMessage())), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while " + program + " ran", e);
        }
        if (status != 0) {
            throw new IllegalStateException(failure(program, output.reason()));
        }
    }

    /**
     * PostgreSQL refuses root, and initdb refuses a user without a name. A user namespace gives the process another
     * user.
     */
    private static List<String> prefix(String program) {
        boolean nameless =
                program.equals("initdb") && System.getProperty("user.name").equals("?");
        return isRoot() || nameless ? List.of(UNSHARE, "-U") : List.of();
    }

    private static boolean isRoot() {
        try {
            Path self = Path.of("/proc/self");
            return Files.exists(self) && Files.getAttribute(self, "unix:uid").equals(0);
        } catch (IOException e) {
            throw new UncheckedIOException(FileFailure.sentence(e), e);
        }
    }

    private static String failure(String program, String words) {
        if (words.contains(UNSHARE)) {
            return "PostgreSQL does not run as root or as a user without a name, and this process may not become another"
                    + " user (" + words + "). Start the server as an ordinary user, or set DATABASE_URL.";
        }
        return program.equals("initdb")
                ? "The embedded PostgreSQL cannot make its data in DATA_DIR: " + words
                        + ". To use another PostgreSQL, set DATABASE_URL."
                : "The embedded PostgreSQL fails (" + program + "): " + words;
    }

    /** Whether a directory is private and holds exactly the files of the archive. */
    static boolean isIntact(Path directory) throws IOException {
        return isPrivate(directory) && fingerprint(directory).equals(expected(archive()));
    }

    /** The file of a program such as {@code initdb}. */
    Path path(String program) {
        return directory.resolve("bin").resolve(os().equals(WINDOWS) ? program + ".exe" : program);
    }

    /** The name of the archive for this platform. */
    static String archive() {
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String normal =
                switch (arch) {
                    case "amd64", "x86_64" -> "x86_64";
                    case "aarch64", "arm64" -> "arm_64";
                    default -> arch;
                };
        String archive = "postgres-" + os() + "-" + normal + ".txz";
        if (PostgresPrograms.class.getResource("/" + archive) == null) {
            throw new IllegalStateException("There is no embedded PostgreSQL for " + System.getProperty("os.name")
                    + " on " + arch + ". Set DATABASE_URL.");
        }
        return archive;
    }

    private static String os() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return name.startsWith("mac") ? "darwin" : name.startsWith(WINDOWS) ? WINDOWS : name;
    }

    /** The recorded fingerprint of the files of an archive; empty for an unknown archive. */
    static String expected(String archive) throws IOException {
        try (InputStream in = PostgresPrograms.class.getResourceAsStream("/postgres-fingerprints.properties")) {
            Properties known = new Properties();
            if (in != null) {
                known.load(in);
            }
            return known.getProperty(archive, "");
        }
    }

    /** SHA-256 over the names, kinds and contents of all files below a directory. */
    static String fingerprint(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            List<Path> files = all.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .toList();
            String manifest = files.parallelStream()
                    .map(file -> line(directory, file))
                    .sorted()
                    .collect(Collectors.joining("\n"));
            return HexFormat.of().formatHex(sha256().digest(manifest.getBytes(StandardCharsets.UTF_8)));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static String line(Path directory, Path file) {
        String name = directory.relativize(file).toString().replace('\\', '/');
        try {
            if (Files.isSymbolicLink(file)) {
                return name + " -> " + Files.readSymbolicLink(file);
            }
            String kind = isProgram(name) && Files.isExecutable(file) ? " program " : " file ";
            return name + kind + HexFormat.of().formatHex(digest(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] digest(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return digest.digest();
    }

    private static boolean isProgram(String name) {
        return name.startsWith("bin/");
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a directory belongs to the user of this process and no other user can enter it. */
    private static boolean isPrivate(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        return !PrivateFile.POSIX
                || (Files.getPosixFilePermissions(directory).equals(PrivateFile.DIRECTORY)
                        && Files.getOwner(directory).equals(PrivateFile.owner(directory.resolveSibling(""))));
    }

    private static void unpack(String archive, Path directory) throws IOException {
        LOG.info("unpacking the embedded PostgreSQL to {}", directory);
        Path draft = directory.resolveSibling(directory.getFileName() + ".new");
        delete(draft);
        PrivateFile.createDirectories(draft);
        try (InputStream packed = Objects.requireNonNull(PostgresPrograms.class.getResourceAsStream("/" + archive));
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(packed))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                write(entry, tar, draft);
            }
            delete(directory);
            Files.move(draft, directory, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(draft);
        }
    }

    private static void write(TarArchiveEntry entry, InputStream content, Path directory) throws IOException {
        Path file = directory.resolve(entry.getName()).normalize();
        if (!file.startsWith(directory)) {
            throw new IOException("the archive holds " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(file);
            return;
        }
        Files.createDirectories(file.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(content, file);
        if (isProgram(entry.getName()) && !file.toFile().setExecutable(true)) {
            throw new IOException(file + " cannot be made executable");
        }
    }

    /** Deletes a directory and its content, if it exists. */
    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        // Does not follow links.
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
