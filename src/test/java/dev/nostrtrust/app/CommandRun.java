package dev.nostrtrust.app;

import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.SettingsReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine;

/** Runs a command of the server in this process. */
public final class CommandRun {
    private CommandRun() {}

    /** What a command said, and how it ended. */
    public record Outcome(int status, String out, String err) {}

    /** A new token for the servers of a database. */
    public static String mint(DatabaseAddress database, Scope scope) {
        String name = "test-" + scope.code();
        Outcome minted =
                run(Map.of("DATABASE_URL", database.url()), "token", "mint", "--scope", scope.code(), "--name", name);
        if (minted.status() != 0) {
            throw new IllegalStateException(minted.toString());
        }
        return minted.out().strip();
    }

    static Outcome run(Map<String, String> settings, String command, String... arguments) {
        Map<String, String> all = new TreeMap<>(Map.of(
                "PUBLIC_ORIGINS", TestServer.ORIGIN,
                "TOKEN_KEYS", "first:" + TestServer.TOKEN_KEY,
                "CHALLENGE_KEYS", "first:" + TestServer.CHALLENGE_KEY));
        all.putAll(settings);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commands = Main.commandLine(() -> SettingsReader.of(all));
        commands.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(List.of(arguments));
        int status = commands.execute(line.toArray(String[]::new));
        return new Outcome(status, out.toString(), err.toString());
    }
}
