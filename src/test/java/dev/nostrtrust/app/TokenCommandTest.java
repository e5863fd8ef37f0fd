package dev.nostrtrust.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.CommandRun.Outcome;
import dev.nostrtrust.auth.Credentials;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Waiting;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The command line of credentials, on the database of a running server. */
class TokenCommandTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Outcome token(String... arguments) {
        return CommandRun.run(Map.of("DATABASE_URL", server.database().url()), "token", arguments);
    }

    /** The line of the list that contains a text, with single spaces. */
    private static String listed(String text) {
        return token("list")
                .out()
                .lines()
                .filter(line -> line.contains(text))
                .map(line -> line.replaceAll(" +", " "))
                .findFirst()
                .orElse("");
    }

    @Test
    void a_minted_token_is_listed_and_works_until_it_is_revoked() {
        Outcome minted =
                token("mint", "--scope", "worker", "--name", "mill-1", "--days", "7", "--reason", "a new mill");
        Api worker = Api.of(server).as(minted.out().strip());
        String user = System.getProperty("user.name");

        assertThat(minted.status()).as(minted.err()).isZero();
        assertThat(worker.get("/api/jobs").status()).isEqualTo(200);
        String line = listed("mill-1");
        assertThat(line)
                .contains(" worker mill-1 ", " by command:" + user)
                .doesNotContain(minted.out().strip());
        String id = line.substring(0, line.indexOf(' '));

        Outcome revoked = token("revoke", id, "--reason", "laptop stolen");

        assertThat(revoked.out()).isEqualToIgnoringNewLines("revoked worker:mill-1 " + id);
        assertThat(listed("mill-1").split(" by command:" + user, -1)).hasSize(3);
        Waiting.until(() -> worker.get("/api/jobs").code().equals("token_revoked"));
        assertThat(server.count(
                        "SELECT count(*) FROM audit_log WHERE subject = 'worker:mill-1' AND actor = 'command:" + user
                                + "' AND (action, reason) IN (('credential_minted', 'a new mill'),"
                                + " ('credential_revoked', 'laptop stolen'))"))
                .isEqualTo(2);
    }

    @Test
    void a_mistake_is_one_line_and_changes_nothing() {
        long before = server.count("SELECT count(*) FROM credentials");
        String unknown = "01a22f73-2829-7493-955f-848502b964f2";

        assertThat(List.of(
                        token("mint", "--scope", "worker", "--name", "two words"),
                        token("mint", "--scope", "worker", "--name", "f".repeat(64)),
                        token("mint", "--scope", "worker", "--name", "x", "--days", "0"),
                        token("list", "--limit", "0"),
                        token("revoke", unknown, "--reason", "none")))
                .allSatisfy(outcome -> {
                    assertThat(outcome.status()).isEqualTo(1);
                    assertThat(outcome.err().strip()).hasLineCount(1);
                });
        assertThat(token("revoke", unknown).status()).as("without a reason").isEqualTo(2);
        assertThat(server.count("SELECT count(*) FROM credentials")).isEqualTo(before);
        assertThat(Credentials.isName("mill-1")).isTrue();
    }
}
