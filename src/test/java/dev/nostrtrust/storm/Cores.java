package dev.nostrtrust.storm;

import dev.nostrtrust.TestDatabases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/**
 * Who runs where: the database has the second core, as if it were another machine, and the server the first; the load
 * is with either. Otherwise how long a refusal takes is a question of how many database processes the scheduler runs
 * before it. Needs taskset, of util-linux.
 */
final class Cores {
    private Cores() {}

    /** Takes the database to the second core, with every process that it starts from now on. */
    static void divide() {
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
    static void reunite() {
        move(ProcessHandle.current().pid(), "0,1");
    }

    private static void move(long process, String core) {
        run(List.of("taskset", "--all-tasks", "--cpu-list", "--pid", core, Long.toString(process)));
    }

    private static void run(List<String> command) {
        try {
            // A process that has ended meanwhile is nothing to worry about.
            new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
