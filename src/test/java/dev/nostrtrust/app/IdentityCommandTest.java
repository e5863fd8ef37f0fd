package dev.nostrtrust.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.CommandRun.Outcome;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The command line of identities, on the database of a running server. */
class IdentityCommandTest {
    private static TestServer server;

    private final User user = new User();
    private Api own;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void logIn() {
        own = Api.of(server).as(user.logIn(Api.of(server)));
    }

    private static Outcome identity(String... arguments) {
        return CommandRun.run(Map.of("DATABASE_URL", server.database().url()), "identity", arguments);
    }

    private Outcome change(String command, String... more) {
        List<String> arguments = new ArrayList<>(List.of(command, user.npub()));
        arguments.addAll(List.of(more));
        arguments.addAll(List.of("--reason", "asked by mail"));
        Outcome outcome = identity(arguments.toArray(String[]::new));
        assertThat(outcome.status()).as(outcome.toString()).isZero();
        return outcome;
    }

    private long audited(String action) {
        return server.count("SELECT count(*) FROM audit_log WHERE action = '" + action + "' AND subject = '"
                + user.pubkey() + "' AND actor = 'command:" + System.getProperty("user.name")
                + "' AND reason = 'asked by mail'");
    }

    @Test
    void a_tier_is_locked_and_unlocked() {
        assertThat(change("lock", "elite").out()).contains(user.npub() + ": elite, score 10.00");
        assertThat(own.get("/api/trust/me").text("trust_tier")).isEqualTo("elite");
        assertThat(change("unlock").out()).contains(": new, score 10.00");
        assertThat(own.get("/api/trust/me").text("trust_tier")).isEqualTo("new");
        assertThat(audited("lock")).isEqualTo(2);
    }

    @Test
    void an_identity_is_blocked_listed_and_unblocked() {
        assertThat(change("block").out()).contains(", blocked");
        assertThat(own.get("/api/identity/me").code()).isEqualTo("identity_blocked");
        assertThat(identity("list", "--blocked").out()).contains(user.npub());
        change("unblock");
        assertThat(own.get("/api/identity/me").status()).isEqualTo(200);
        assertThat(identity("list", "--blocked").out()).doesNotContain(user.npub());
        assertThat(audited("block") + audited("unblock")).isEqualTo(2);
    }

    @Test
    void a_balance_is_adjusted_shown_and_found() {
        assertThat(change("adjust", "--sats", "40000").out()).contains(": elite, score 8");

        assertThat(identity("show", user.npub()).out()).contains("\"trust_tier\":\"elite\"", user.pubkey());
        assertThat(identity("list", "--tier", "elite", "--min-balance", "39999", "--limit", "500")
                        .out())
                .contains(user.npub());
        assertThat(identity("list", "--max-balance", "39999", "--limit", "500").out())
                .doesNotContain(user.npub());
        assertThat(audited("adjust")).isEqualTo(1);
    }

    @Test
    void logins_end_and_an_erasure_is_scheduled_and_withdrawn() {
        change("logout");
        assertThat(own.get("/api/identity/me").code()).isEqualTo("token_revoked");
        change("erase");
        assertThat(identity("show", user.npub()).out()).doesNotContain("\"erase_after\":null");
        change("keep");
        assertThat(identity("show", user.npub()).out()).contains("\"erase_after\":null");
        assertThat(audited("logins_revoked") + audited("erasure_asked") + audited("erasure_withdrawn"))
                .isEqualTo(3);
    }

    @Test
    void the_logins_of_all_users_end() {
        Outcome ended = identity("logout-all", "--reason", "a key has leaked");

        assertThat(ended.out()).startsWith("ended the logins of ");
        assertThat(own.get("/api/identity/me").code()).isEqualTo("token_revoked");
        assertThat(server.count("SELECT count(*) FROM audit_log WHERE action = 'all_logins_revoked'"
                        + " AND reason = 'a key has leaked'"))
                .isEqualTo(1);
    }

    @Test
    void a_mistake_is_one_line() {
        assertThat(List.of(
                        identity("show", "alice"),
                        identity("show", new User().npub()),
                        identity("lock", new User().npub(), "elite", "--reason", "none"),
                        identity("logout", new User().npub(), "--reason", "none"),
                        identity("logout", user.npub(), "--reason", "r".repeat(201)),
                        identity("list", "--limit", "0")))
                .allSatisfy(outcome -> {
                    assertThat(outcome.status()).as(outcome.toString()).isEqualTo(1);
                    assertThat(outcome.err().strip()).hasLineCount(1);
                });
        assertThat(identity("logout", user.npub()).status())
                .as("without a reason")
                .isEqualTo(2);
        assertThat(identity().status()).isEqualTo(2);
    }
}
