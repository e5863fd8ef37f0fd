package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.db.embedded.DataDirectory;
import dev.nostrtrust.db.embedded.EmbeddedPostgres;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.fixture.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The program with a database of its own on machines that withhold something, as containers do: it starts, or one line
 * says what is missing and what to do.
 */
@Tag("full")
class RestrictedMachineTest {
    @TempDir
    private Path directory;

    /** How it ended, and the lines of its output that are not of the log. */
    private record Outcome(int status, List<String> lines) {}

    /** Runs a shell command as root of a user namespace of its own, which may mount but has no other right. */
    private static List<String> after(String before) {
        return List.of("unshare", "-Urm", "sh", "-c", before + " && exec \"$@\"", "sh");
    }

    private Outcome migrate(String before) throws Exception {
        return migrate(after(before), Map.of());
    }

    private Outcome migrate(List<String> prefix, Map<String, String> environment) throws Exception {
        return ended(start(prefix, environment, "/nowhere", "migrate"));
    }

    private Process start(List<String> prefix, Map<String, String> environment, String temporary, String command)
            throws IOException {
        List<String> line = Program.command(List.of("-Xmx256m", "-Djava.io.tmpdir=" + temporary), command);
        line.addAll(0, prefix);
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output().toFile());
        builder.environment().keySet().removeIf(name -> name.equals("LANG") || name.startsWith("LC_"));
        builder.environment().put("DATA_DIR", data().toString());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private Outcome ended(Process process) throws Exception {
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return new Outcome(
                process.exitValue(),
                Files.readAllLines(output()).stream()
                        .filter(line -> !line.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d+ .*"))
                        .toList());
    }

    private Path output() {
        return directory.resolve("output");
    }

    private Path data() throws IOException {
        return Files.createDirectories(directory.resolve("data"));
    }

    @Test
    @Requires(Tool.NAMESPACES)
    void root_that_cannot_become_another_user_reads_of_the_way_out() throws Exception {
        Outcome outcome = migrate("echo 0 > /proc/sys/user/max_user_namespaces");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.lines()).singleElement().asString().contains("does not run as root", "DATABASE_URL");
    }

    @Test
    @Requires(Tool.NAMESPACES)
    void a_data_directory_from_which_nothing_may_be_run_is_named() throws Exception {
        Outcome outcome = migrate("mount -t tmpfs -o noexec,mode=700 tmpfs \"$DATA_DIR\"");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.lines()).singleElement().asString().contains(data().toString(), "noexec", "DATABASE_URL");
    }

    @Test
    @Requires(Tool.NAMESPACES)
    void a_data_directory_that_is_read_only_is_named_with_the_way_out() throws Exception {
        Outcome outcome = migrate("mount -t tmpfs -o ro,mode=700 tmpfs \"$DATA_DIR\"");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.lines())
                .singleElement()
                .asString()
                .contains(data().toString(), "Read-only file system", "DATABASE_URL");
    }

    /** Too small for the programs, and for the data. */
    @ParameterizedTest
    @ValueSource(strings = {"20m", "95m"})
    @Requires(Tool.NAMESPACES)
    void a_disk_that_is_full_before_the_database_is_made_is_named_with_the_way_out(String size) throws Exception {
        Outcome outcome = migrate("mount -t tmpfs -o size=" + size + ",mode=700 tmpfs \"$DATA_DIR\"");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.lines()).singleElement().asString().contains("No space left on device", "DATABASE_URL");
    }

    @Test
    @Requires(Tool.READ_ONLY_ROOT)
    void a_root_that_is_read_only_and_a_temporary_directory_from_which_nothing_may_be_run_suffice() throws Exception {
        Path temporary = Files.createDirectories(directory.resolve("temporary"));
        String mounts = "mount -t tmpfs -o mode=700 tmpfs \"$DATA_DIR\" && mount -t tmpfs -o noexec tmpfs " + temporary
                + " && mount -o remount,bind,ro / && ! touch " + directory.resolve("file") + " 2> " + temporary
                + "/error";
        int managementPort = FreePorts.next();
        Map<String, String> ports = Map.of(
                "HTTP_PORT",
                Integer.toString(FreePorts.next()),
                "MANAGEMENT_PORT",
                Integer.toString(managementPort),
                "TMPDIR",
                temporary.toString());

        Process server = start(after(mounts), ports, temporary.toString(), "serve");
        try {
            Waiting.until(() -> !server.isAlive() || Program.health(managementPort) == 200);

            assertThat(server.isAlive()).as(Files.readString(output())).isTrue();
        } finally {
            server.destroy();
            ended(server);
        }
    }

    @ParameterizedTest
    @CsvSource({"LANG, xx_YY.UTF-8", "LC_ALL, de_DE.ISO-8859-1", "LC_CTYPE, UTF-8"})
    @Requires(Tool.SETPRIV)
    void neither_capabilities_nor_a_temporary_directory_nor_a_locale_of_this_shell_are_needed(
            String variable, String locale) throws Exception {
        Map<String, String> shell =
                Map.of(variable, locale, "PGDATA", "/nowhere", "PGPORT", "none", "PGDATESTYLE", "nonsense");

        Outcome outcome = migrate(withoutCapabilities(), shell);

        assertThat(outcome.lines()).containsExactly("CapEff:\t0000000000000000");
        assertThat(outcome.status()).isZero();
        try (DataDirectory made = DataDirectory.open(data().toString());
                EmbeddedPostgres postgres = EmbeddedPostgres.start(made);
                Connection connection = TestDatabases.connect(postgres.address());
                var statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT datlocale, pg_encoding_to_char(encoding) FROM pg_database LIMIT 1")) {
            row.next();
            assertThat(List.of(row.getString(1), row.getString(2))).containsExactly("C.UTF-8", "UTF8");
        }
    }

    /** An ordinary user has none; root loses its own with the set from which a new program gets them. */
    private static List<String> withoutCapabilities() throws IOException {
        List<String> prefix = new ArrayList<>(List.of("setpriv", "--no-new-privs", "--inh-caps=-all"));
        if (Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            prefix.add("--bounding-set=-all");
        }
        prefix.addAll(List.of("sh", "-c", "grep CapEff /proc/self/status && exec \"$@\"", "sh"));
        return prefix;
    }
}
