package dev.nostrtrust.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.SettingsReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return run(Main.commandLine(), arguments);
    }

    private int run(CommandLine commands, String... arguments) {
        commands.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return commands.execute(arguments);
    }

    @Test
    void the_demonstration_finds_everything_as_documented() {
        try (TestServer server = TestServer.start(java.util.Map.of("PUBLIC_ORIGINS", "http://localhost:8080"))) {
            int status = run(
                    "demo", "--url", "http://127.0.0.1:" + server.port(), "--worker-token", server.token(Scope.WORKER));

            assertThat(err.toString()).isEmpty();
            assertThat(status).isZero();
            assertThat(out.toString().lines().map(line -> line.replaceFirst(".* ", "")))
                    .containsSubsequence("new", "established", "trusted", "established");
        }
    }

    @Test
    void a_demonstration_that_is_not_as_documented_fails() {
        try (TestServer server = TestServer.start(java.util.Map.of("TRUST_BASELINE", "11"))) {
            int status = run(
                    "demo", "--url", "http://127.0.0.1:" + server.port(), "--worker-token", server.token(Scope.WORKER));

            assertThat(status).isEqualTo(1);
            assertThat(err.toString()).contains("Expected tier new and score 10.0");
        }
    }

    @Test
    void a_demonstration_without_a_server_says_how_to_start_one() {
        assertThat(run("demo", "--url", "http://127.0.0.1:1", "--worker-token", "x"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("mvn -q -Dquick compile exec:java").doesNotContain("Exception");
    }

    @Test
    void a_token_in_colour_is_taken_and_one_that_is_none_is_not_printed() {
        String token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2VjcmV0";

        assertThat(run("demo", "--url", "http://127.0.0.1:1", "--worker-token", "\u001B[0m" + token + "\u001B[0m"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("No server answers");
        assertThat(run("demo", "--url", "http://127.0.0.1:1", "--worker-token", token + "\n" + token))
                .isEqualTo(1);
        assertThat(run("demo", "--worker-tokn", token)).isEqualTo(2);
        assertThat(run("demo", token)).isEqualTo(2);
        assertThat(run("demo", "--url", "http://user:hunter2@127.0.0.1:1/", "--worker-token", token))
                .isEqualTo(1);

        assertThat(err.toString())
                .contains("--worker-token contains characters", "(a token)", "--url must be an address")
                .doesNotContain(token, "hunter2", "Exception");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2VjcmV0",
                "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5",
                "postgresql://trust:p@ss/w0rd@db:5432/trust",
                "postgresql://db/trust?user=trust&password=p@ssw0rd"
            })
    void what_may_be_a_secret_is_taken_out_of_what_is_printed(String secret) {
        assertThat(SecretMask.masked("Unmatched argument: '" + secret + "'"))
                .startsWith("Unmatched argument: '")
                .doesNotContain("c2VjcmV0", "vl029mg", "w0rd", "p@ss");
    }

    @Test
    void a_file_error_is_reported_without_a_class_name(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        SettingsReader settings = SettingsReader.of(Map.of("DATA_DIR", file.toString()));

        assertThat(run(Main.commandLine(() -> settings), "replay", "--policy", directory + "/none"))
                .isEqualTo(1);

        assertThat(err.toString())
                .isEqualToIgnoringNewLines(
                        "The policy in " + directory + "/none cannot be read: no such file or directory");
    }

    @Test
    void it_says_which_release_it_is() throws IOException {
        String project = Files.readString(Path.of("pom.xml"));

        assertThat(run("--version")).isZero();
        assertThat(project).contains("<version>" + out.toString().strip() + "</version>\n  <name>");
    }

    @Test
    void help_names_the_commands() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("serve", "migrate", "token", "identity", "demo", "replay");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve",
                "migrate",
                "token",
                "token mint",
                "identity",
                "identity list",
                "audit list",
                "demo",
                "replay"
            })
    void every_command_says_what_it_takes(String command) {
        assertThat(run((command + " --help").split(" ", -1))).as(err.toString()).isZero();
        assertThat(out.toString())
                .startsWith("Usage: nostr-trust-engine " + command)
                .contains("mvn -q -Dquick compile exec:java -Dexec.args=\"" + command);
    }

    @Test
    void a_demonstration_on_a_database_of_ones_own_says_where_a_workers_token_comes_from() {
        SettingsReader settings = SettingsReader.of(Map.of(
                "DATABASE_URL",
                "postgresql://app@127.0.0.1/db",
                "PUBLIC_ORIGINS",
                TestServer.ORIGIN,
                "TOKEN_KEYS",
                "first:" + TestServer.TOKEN_KEY,
                "CHALLENGE_KEYS",
                "first:" + TestServer.CHALLENGE_KEY));

        assertThat(run(Main.commandLine(() -> settings), "demo")).isEqualTo(1);
        assertThat(err.toString())
                .contains("DATABASE_URL", "token mint --scope worker", "--worker-token")
                .doesNotContain("Start a server");
    }

    @Test
    void a_token_needs_a_scope_that_is_one() {
        assertThat(run("token")).isEqualTo(2);
        assertThat(run("token", "mint", "--name", "x", "--scope", "user")).isEqualTo(2);
        assertThat(run("token", "mint", "--scope", "worker", "--name", "x", "--days", "0"))
                .isEqualTo(1);
    }
}
