package dev.nostrtrust.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
        Path data = data(directory.path());
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

    /** Whether a data directory has a database in it. */
    public static boolean isIn(String dataDir) {
        return Files.exists(data(LocalSecrets.of(dataDir).directory()));
    }

    /**
     * The one that another process has running in a data directory, for whoever only wants to read.
     *
     * @throws IllegalStateException when it does not run, or is about to start or to stop
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
        return address(password, server.getPort());
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path data(Path directory) {
        return directory.resolve("postgres");
    }

    private static DatabaseAddress address(String password, int port) {
        return new DatabaseAddress("postgresql://postgres:" + URLEncoder.encode(password, StandardCharsets.UTF_8)
                + "@localhost:" + port + "/postgres");
    }

    private static IllegalStateException notReady(LocalSecrets secrets) {
        return new IllegalStateException("The server that holds " + secrets.directory()
                + " has no database running yet, or not any more. Try again in a moment.");
    }

    private static void stopLeftover(Path data) {
        Optional<ProcessHandle> leftover = PostmasterPid.read(data).flatMap(PostmasterPid::process);
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
}
