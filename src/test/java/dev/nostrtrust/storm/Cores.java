package dev.nostrtrust.storm;

import dev.nostrtrust.fixture.TestDatabases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Who runs where: the database has the second core, as if it were another machine, and the server the first; the load
 * is with either. Otherwise how long a refusal takes is a question of how many database processes the scheduler runs
 * before it. Needs taskset, of util-linux.
 */
final class Cores implements BeforeEachCallback, AfterEachCallback {

    /** Takes the database to the second core, with every process that it starts from now on. */
    @Override
    public void beforeEach(ExtensionContext test) {
        try (Connection connection = TestDatabases.connect(TestDatabases.empty());
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT pg_backend_pid()")) {
            result.next();
            ProcessHandle postmaster =
                    ProcessHandle.of(result.getLong(1)).orElseThrow().parent().orElseThrow();
            Stream.concat(Stream.of(postmaster), postmaster.descendants()).forEach(each -> move(each.pid(), "1"));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes a server, started while it still saw all cores, to the first core, and the load, which is this process. */
    static void share(ServerProcess server) {
        move(server.pid(), "0");
        move(ProcessHandle.current().pid(), "0");
    }

    /** Takes a server to the first core, and the load to the database's. */
    static void leaveAlone(ServerProcess server) {
        move(server.pid(), "0");
        move(ProcessHandle.current().pid(), "1");
    }

    /** Gives this process all cores back, so that what it starts next sees them. */
    @Override
    public void afterEach(ExtensionContext test) {
        move(ProcessHandle.current().pid(), "0,1");
    }

    private static void move(long process, String core) {
        ProcessBuilder taskset =
                new ProcessBuilder("taskset", "--all-tasks", "--cpu-list", "--pid", core, Long.toString(process));
        try {
            int exit = taskset.redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            // A database process may end meanwhile; one that goes on and was not moved would spoil the figures.
            if (exit != 0 && ProcessHandle.of(process).isPresent()) {
                throw new IllegalStateException("process " + process + " could not be moved to core " + core);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
