package dev.nostrtrust.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.fixture.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every script of src/load, run by k6 for seconds against a live server. */
@Requires(Tool.K6)
@Tag("full")
class LoadScriptsTest {
    private static final String LOGIN = "login.js";

    static List<String> scripts() throws IOException {
        try (var files = Files.list(Path.of("src/load"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".js"))
                    .sorted()
                    .toList();
        }
    }

    static List<String> scriptsThatWork() throws IOException {
        return scripts().stream().filter(script -> !script.equals(LOGIN)).toList();
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void a_server_that_is_well_passes_every_check_of_a_script(String script) throws Exception {
        try (TestServer server = TestServer.start()) {
            K6.Run run = K6.smoke(script, server.port(), server.token(Scope.WORKER));

            assertThat(run.exitStatus()).as(run.output()).isZero();
            assertThat(run.held()).as(run.output()).isPositive();
            assertThat(run.failed()).as(run.output()).isZero();
            assertThat(server.count("SELECT count(*) FROM logins")).isPositive();
            if (!script.equals(LOGIN)) {
                assertThat(server.count("SELECT count(*) FROM jobs WHERE state = 'succeeded'"))
                        .isPositive();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("scriptsThatWork")
    void a_server_that_refuses_the_worker_fails_a_run(String script) throws Exception {
        try (TestServer server = TestServer.start()) {
            K6.Run run = K6.smoke(script, server.port(), "not-a-token");

            assertThat(run.exitStatus()).as(run.output()).isEqualTo(K6.THRESHOLDS_FAILED);
            assertThat(run.held()).as("logins and orders: " + run.output()).isPositive();
            assertThat(run.failed()).as(run.output()).isPositive();
        }
    }

    @Test
    void a_server_that_lets_nobody_in_fails_a_run() throws Exception {
        try (TestServer server = TestServer.start()) {
            TestDatabases.drop(server.database());

            K6.Run run = K6.smoke(LOGIN, server.port(), "");

            assertThat(run.exitStatus()).as(run.output()).isEqualTo(K6.THRESHOLDS_FAILED);
            assertThat(run.failed()).as(run.output()).isPositive();
            assertThat(run.output()).contains("verify: 200", "refused_requests");
        }
    }
}
