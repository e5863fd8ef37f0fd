package dev.nostrtrust.db.embedded;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.FileFailure;
import dev.nostrtrust.config.LocalSecrets;
import dev.nostrtrust.config.PrivateFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded PostgreSQL: a full server with a password on a free port of the loopback address. Its programs come from
 * a library. Blocks.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String HOST = "127.0.0.1";
    private static final String PASSWORD_FILE = "postgres.password";

    /** After a crash PostgreSQL first replays its write-ahead log. */
    private static final Duration LONGEST_START = Duration.ofMinutes(5);

    private static final Duration LONGEST_STOP = Duration.ofSeconds(20);

    /** Attempts, because another program may take the chosen port before the start. */
    private static final int PORTS_TRIED = 3;

    private final PostgresPrograms programs;
    private final Path data;
    private final DatabaseAddress address;
    private volatile boolean serving;

    private EmbeddedPostgres(PostgresPrograms programs, Path data, DatabaseAddress address) {
        this.programs = programs;
        this.data = data;
        this.address = address;
    }

    /**
     * Starts PostgreSQL on the data of the directory. Creates the data if there are none, and stops a PostgreSQL that a
     * killed server left running there.
     *
     * @throws IllegalStateException with PostgreSQL's message if it does not start
     */
    public static EmbeddedPostgres start(DataDirectory directory) {
        return start(directory, directory.path().resolve("postgres-programs"));
    }

    /** Starts PostgreSQL with programs in a directory that several processes may share. */
    public static EmbeddedPostgres start(DataDirectory directory, Path programDirectory) {
        Path data = data(directory.path());
        PostgresPrograms programs = PostgresPrograms.in(programDirectory);
        try {
            String password = directory.secrets().random(PASSWORD_FILE);
            stopLeftover(programs, data);
            if (!Files.exists(data.resolve("PG_VERSION"))) {
                create(programs, data, directory.secrets().file(PASSWORD_FILE));
            }
            forgetLocale(data.resolve("postgresql.conf"));
            return start(programs, data, password);
        } catch (UncheckedIOException e) {
            throw doesNotStart(data, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw doesNotStart(data, e);
        }
    }

    private static UncheckedIOException doesNotStart(Path data, IOException cause) {
        return new UncheckedIOException(
                "The embedded PostgreSQL does not start on " + data + ": " + FileFailure.sentence(cause) + ". "
                        + DataDirectory.WAY_OUT,
                cause);
    }

    /** Whether a data directory has a database in it. */
    public static boolean isIn(String dataDir) {
        return Files.exists(data(LocalSecrets.of(dataDir).directory()));
    }

    /**
     * The address of the PostgreSQL that another process runs in a data directory, for reading.
     *
     * @throws IllegalStateException if it is not running, or is starting or stopping
     */
    public static DatabaseAddress running(String dataDir) {
        LocalSecrets secrets = LocalSecrets.of(dataDir);
        PostmasterPid found = PostmasterPid.read(data(secrets.directory()))
                .filter(PostmasterPid::ready)
                .orElseThrow(() -> notReady(secrets));
        String password = secrets.read(PASSWORD_FILE, () -> {
            throw notReady(secrets);
        });
        return address(password, found.port());
    }

    public DatabaseAddress address() {
        return address;
    }

    /** Closes all connections and stops PostgreSQL. */
    @Override
    public void close() {
        serving = false;
        stop(programs, data);
    }

    private static Path data(Path directory) {
        return directory.resolve("postgres");
    }

    private static DatabaseAddress address(String password, int port) {
        return new DatabaseAddress("postgresql://postgres:" + URLEncoder.encode(password, StandardCharsets.UTF_8) + "@"
                + HOST + ":" + port + "/postgres");
    }

    private static IllegalStateException notReady(LocalSecrets secrets) {
        return new IllegalStateException("The server that holds " + secrets.directory()
                + " has no database running yet, or not any more. Try again in a moment.");
    }

    /**
     * This process holds the data directory, so a PostgreSQL that runs on it is a leftover, and any other pid is stale.
     */
    private static void stopLeftover(PostgresPrograms programs, Path data) throws IOException {
        Optional<PostmasterPid> leftover = PostmasterPid.read(data);
        if (leftover.isPresent()) {
            LOG.warn(
                    "stopping the PostgreSQL that an earlier server left running, pid {}",
                    leftover.get().process().pid());
            stop(programs, data);
        }
        if (Files.deleteIfExists(PostmasterPid.file(data))) {
            LOG.info("removed a postmaster.pid that an earlier PostgreSQL left behind");
        }
    }

    private static void stop(PostgresPrograms programs, Path data) {
        try {
            stop(programs, data, "fast");
        } catch (IllegalStateException e) {
            // PostgreSQL 18 ignores a fast shutdown while it recovers from a crashed backend. The next start recovers
            // everything that was committed.
            LOG.warn("stopping PostgreSQL at once: {}", e.getMessage());
            stop(programs, data, "immediate");
        }
    }

    private static void stop(PostgresPrograms programs, Path data, String mode) {
        programs.run("pg_ctl", "stop", "-s", "-w", "-m", mode, "-t", seconds(LONGEST_STOP), "-D", data.toString());
    }

    /** Creates the data atomically and without a locale of the machine or the shell. */
    private static void create(PostgresPrograms programs, Path data, Path passwordFile) throws IOException {
        Path draft = data.resolveSibling(data.getFileName() + ".new");
        PostgresPrograms.delete(draft);
        PrivateFile.createDirectories(draft);
        programs.run(
                "initdb",
                "--pgdata=" + draft,
                "--username=postgres",
                "--pwfile=" + passwordFile,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions");
        Files.move(draft, data, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes locale settings: data from another machine may name a missing locale. */
    private static void forgetLocale(Path configuration) throws IOException {
        String text = Files.readString(configuration);
        String without = text.replaceAll("(?m)^(lc_\\w+)\\s*=\\s*(?!C\\s)\\S+", "$1 = C");
        if (!without.equals(text)) {
            Files.writeString(configuration, without);
        }
    }

    private static EmbeddedPostgres start(PostgresPrograms programs, Path data, String password) throws IOException {
        for (int attempt = 1; ; attempt++) {
            int port = freePort();
            EmbeddedPostgres postgres = new EmbeddedPostgres(programs, data, address(password, port));
            try {
                programs.run(
                        postgres::log,
                        postgres::ended,
                        "pg_ctl",
                        "start",
                        "-s",
                        "-w",
                        "-t",
                        seconds(LONGEST_START),
                        "-D",
                        data.toString(),
                        "-o",
                        options(port));
                postgres.serving = true;
                return postgres;
            } catch (IllegalStateException e) {
                boolean taken = String.valueOf(e.getMessage()).contains("could not create any TCP/IP sockets");
                if (!taken || attempt == PORTS_TRIED) {
                    throw e;
                }
            }
        }
    }

    private void ended() {
        if (serving) {
            LOG.error("the embedded PostgreSQL has ended");
        }
    }

    /** Logs the lines of start and stop at debug level. */
    private void log(String line) {
        if (line.startsWith("PANIC")) {
            LOG.error("PostgreSQL: {}", line);
        } else if (serving) {
            LOG.info("PostgreSQL: {}", line);
        } else {
            LOG.debug("PostgreSQL: {}", line);
        }
    }

    private static String options(int port) {
        Map<String, String> settings = new TreeMap<>(Map.of(
                "port", Integer.toString(port),
                "listen_addresses", HOST,
                "unix_socket_directories", "",
                "max_connections", "300",
                "timezone", "UTC",
                "log_timezone", "UTC"));
        settings.putAll(Map.of("fsync", "on", "synchronous_commit", "on", "full_page_writes", "on"));
        // PostgreSQL's lines go to the server's log, which must not contain statements or rows.
        settings.putAll(Map.of(
                "log_destination", "stderr",
                "logging_collector", "off",
                "log_line_prefix", "",
                "log_checkpoints", "off",
                "log_min_messages", "log",
                "log_min_error_statement", "panic"));
        return settings.entrySet().stream()
                .map(setting -> "-c " + setting.getKey() + "=" + setting.getValue())
                .collect(Collectors.joining(" "));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String seconds(Duration duration) {
        return Long.toString(duration.toSeconds());
    }
}
