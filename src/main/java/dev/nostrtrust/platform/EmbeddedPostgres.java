package dev.nostrtrust.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL of the server's own, durable as any other, on a free port of the loopback address, with a password.
 * Its binaries come as a library. Blocks.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String PASSWORD_FILE = "postgres.password";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final io.zonky.test.db.postgres.embedded.EmbeddedPostgres server;
    private final String password;

    private EmbeddedPostgres(io.zonky.test.db.postgres.embedded.EmbeddedPostgres server, String password) {
        this.server = server;
        this.password = password;
    }

    /** Starts it on the directory's data, stopping first what a killed server may have left running there. */
    public static EmbeddedPostgres start(DataDirectory directory) {
        Path data = directory.path().resolve("postgres");
        String password = directory.secrets().random(PASSWORD_FILE);
        stopLeftover(data);
        try {
            var server = io.zonky.test.db.postgres.embedded.EmbeddedPostgres.builder()
                    .setDataDirectory(data)
                    .setCleanDataDirectory(false)
                    .setRegisterShutdownHook(false)
                    .setPGStartupWait(PATIENCE)
                    .setLocaleConfig("auth", "scram-sha-256")
                    .setLocaleConfig(
                            "pwfile", directory.secrets().file(PASSWORD_FILE).toString())
                    .setConnectConfig("password", password)
                    .setServerConfig("listen_addresses", "localhost")
                    .setServerConfig("unix_socket_directories", "")
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("full_page_writes", "on")
                    .start();
            return new EmbeddedPostgres(server, password);
        } catch (IOException e) {
            throw new UncheckedIOException("The embedded PostgreSQL does not start on " + data, e);
        }
    }

    public DatabaseAddress address() {
        return new DatabaseAddress("postgresql://postgres:" + URLEncoder.encode(password, StandardCharsets.UTF_8)
                + "@localhost:" + server.getPort() + "/postgres");
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void stopLeftover(Path data) {
        Optional<ProcessHandle> leftover = leftover(data.resolve("postmaster.pid"), data);
        if (leftover.isEmpty()) {
            return;
        }
        LOG.warn(
                "stopping the PostgreSQL that an earlier server left running, pid {}",
                leftover.get().pid());
        leftover.get().destroy();
        try {
            leftover.get().onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The PostgreSQL that runs on " + data + " does not stop", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The process that the pid file names, if it is a PostgreSQL on this very directory. */
    private static Optional<ProcessHandle> leftover(Path pidFile, Path data) {
        if (!Files.exists(pidFile)) {
            return Optional.empty();
        }
        try {
            List<String> lines = Files.readAllLines(pidFile);
            if (lines.size() < 2 || !Path.of(lines.get(1)).equals(data)) {
                return Optional.empty();
            }
            return ProcessHandle.of(Long.parseLong(lines.get(0).strip()))
                    .filter(process -> process.info().commandLine().orElse("").contains("postgres"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
