package dev.nostrtrust.torture;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.db.embedded.DataDirectory;
import dev.nostrtrust.db.embedded.EmbeddedPostgres;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.TestDatabases;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A real PostgreSQL with data of its own that can be crashed, started again, and stopped in parts. Blocks. */
final class Postgres implements AutoCloseable {
    private final DataDirectory directory;
    private final DatabaseAddress origin;
    private final Path data;
    private final int port;
    private final List<String> command;
    private final File log;
    private ProcessHandle postmaster;

    private Postgres(DataDirectory directory, DatabaseAddress origin) throws IOException {
        this.directory = directory;
        this.origin = origin;
        this.data = directory.path().resolve("postgres");
        this.port = URI.create(origin.url()).getPort();
        this.log = data.resolveSibling("postgres.log").toFile();
        this.postmaster = running();
        this.command = commandOf(postmaster);
    }

    /** A fresh one in this directory, as durable as it is in production. */
    static Postgres start(Path path) {
        DataDirectory directory = DataDirectory.open(path.toString());
        try {
            return new Postgres(
                    directory,
                    EmbeddedPostgres.start(directory, TestDatabases.PROGRAMS).address());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    DatabaseAddress address() {
        return address(port);
    }

    /** The same database by way of another port. */
    DatabaseAddress address(int proxied) {
        return address("127.0.0.1", proxied);
    }

    /** The same database by way of another address. */
    DatabaseAddress address(String host, int proxied) {
        return new DatabaseAddress(
                origin.url().replace("@127.0.0.1:" + port, "@" + host + ":" + proxied) + "?sslmode=disable");
    }

    int port() {
        return port;
    }

    /** Its data directory. */
    Path data() {
        return data;
    }

    /** Where its data is, and what else belongs to it. */
    Path directory() {
        return data.resolveSibling(".").normalize();
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(address().jdbcUrl(), address().jdbcProperties());
    }

    /** The one number that a query gives, without its fraction. */
    long number(String sql) {
        try (Connection connection = connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    void execute(String sql) {
        try (Connection connection = connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What {@code pg_ctl stop -m immediate} does: all of it ends at once, and nothing is written any more. */
    void crash() {
        signal(postmaster.pid(), "QUIT");
        Waiting.until(() -> !postmaster.isAlive());
    }

    /** Starts it on the data that a crash has left; returns before it takes connections. */
    void startAgain() {
        try {
            new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                    .start();
            Waiting.until(() -> Files.exists(data.resolve("postmaster.pid"))
                    && pid() != postmaster.pid()
                    && ProcessHandle.of(pid()).isPresent());
            postmaster = running();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the database read-only, like a standby or one with a full disk, or writable again. */
    void readOnly(boolean on) {
        execute(
                on
                        ? "ALTER SYSTEM SET default_transaction_read_only = on"
                        : "ALTER SYSTEM RESET default_transaction_read_only");
        execute("SELECT pg_reload_conf()");
        // That only asks for it. What a new connection begins with, the postmaster has told every old one before.
        Waiting.until(() -> readOnly() == on);
    }

    private boolean readOnly() {
        try (Connection connection = connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SHOW default_transaction_read_only")) {
            rows.next();
            return rows.getString(1).equals("on");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The backends that the servers' statements run in. */
    List<Long> backends() {
        List<Long> pids = new ArrayList<>();
        try (Connection connection = connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(
                        "SELECT pid FROM pg_stat_activity WHERE application_name = 'nostr-trust-engine'")) {
            while (rows.next()) {
                pids.add(rows.getLong(1));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return pids;
    }

    /** Sends a signal to a process. */
    static void signal(long pid, String name) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill -" + name + " " + pid + ": " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (postmaster.isAlive()) {
            signal(postmaster.pid(), "INT");
            Waiting.until(() -> !postmaster.isAlive());
        }
        directory.close();
    }

    private ProcessHandle running() {
        return ProcessHandle.of(pid()).orElseThrow(() -> new IllegalStateException("no PostgreSQL runs on " + data));
    }

    private long pid() {
        try {
            List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
            return lines.isEmpty() ? -1 : Long.parseLong(lines.get(0).strip());
        } catch (IOException e) {
            return -1;
        }
    }

    /** The command line, which must run as another user if this process is root. */
    private static List<String> commandOf(ProcessHandle process) throws IOException {
        List<String> command = new ArrayList<>();
        if (Files.getOwner(Path.of("/proc/self")).getName().equals("root")) {
            command.addAll(List.of("unshare", "-U"));
        }
        String line = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
        for (String argument : line.split("\0", -1)) {
            if (!argument.isEmpty()) {
                command.add(argument);
            }
        }
        return command;
    }
}
