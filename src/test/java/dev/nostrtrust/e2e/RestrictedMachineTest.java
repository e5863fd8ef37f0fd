package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.fixture.Program;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    private Outcome migrate(String before) throws Exception {
        return migrate(List.of("unshare", "-Urm", "sh", "-c", before + "; exec \"$@\"", "sh"), Map.of());
    }

    private Outcome migrate(List<String> prefix, Map<String, String> environment) throws Exception {
        List<String> command = Program.command(List.of("-Xmx256m", "-Djava.io.tmpdir=/nowhere"), "migrate");
        command.addAll(0, prefix);
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("DATA_DIR", data().toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return new Outcome(
                process.exitValue(),
                Files.readAllLines(output).stream()
                        .filter(line -> !line.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d+ .*"))
                        .toList());
    }

    private Path data() throws IOException {
        return Files.createDirectories(directory.resolve("data"));
    }

    @Test
    @Requires(Tool.NAMESPACES)
    void root_that_cannot_become_another_user_is_told_of_the_way_out() throws Exception {
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
    void a_disk_that_is_full_before_the_database_is_made_is_named_in_postgresqls_words() throws Exception {
        Outcome outcome = migrate("mount -t tmpfs -o size=95m,mode=700 tmpfs \"$DATA_DIR\"");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.lines()).singleElement().asString().contains("No space left on device");
    }

    @Test
    @Requires(Tool.SETPRIV)
    void neither_capabilities_nor_a_temporary_directory_nor_a_locale_of_this_shell_are_needed() throws Exception {
        Map<String, String> shell = Map.of(
                "LANG", "xx_YY.UTF-8",
                "LC_ALL", "de_DE.ISO-8859-1",
                "LC_CTYPE", "UTF-8",
                "PGDATA", "/nowhere",
                "PGPORT", "none",
                "PGDATESTYLE", "nonsense");

        Outcome outcome = migrate(List.of("setpriv", "--no-new-privs", "--inh-caps=-all"), shell);

        assertThat(outcome.lines()).isEmpty();
        assertThat(outcome.status()).isZero();
    }
}
