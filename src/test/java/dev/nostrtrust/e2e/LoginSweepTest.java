package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Logins are remembered for as long as anything of them could be sent again. */
class LoginSweepTest {
    private static long logins(TestServer server, User user) {
        return server.count("SELECT count(*) FROM logins WHERE pubkey = '" + user.pubkey() + "'");
    }

    @Test
    void what_ended_is_forgotten_a_day_after_its_challenge_could_be_redeemed() {
        try (TestServer server = TestServer.start(Map.of(
                "SWEEP_INTERVAL", "20ms",
                "SWEEP_BATCH", "2",
                "LOGIN_TTL", "10m",
                "TOKEN_TTL", "10m",
                "CHALLENGE_TTL", "2d"))) {
            Api api = Api.of(server);
            User user = new User();
            User longer = new User();
            ObjectNode template = User.challenge(api);
            String proof = user.proof(template);
            assertThat(api.post("/api/identity/verify", proof).status()).isEqualTo(200);
            for (int i = 0; i < 4; i++) {
                user.logIn(api);
            }
            server.clock().advance(Duration.ofDays(2).minusHours(1));
            longer.logIn(api);

            assertThat(api.post("/api/identity/verify", proof).code()).isEqualTo("challenge_used");
            server.clock().advance(Duration.ofHours(26));
            Waiting.until(() -> logins(server, user) == 0);

            assertThat(api.post("/api/identity/verify", proof).code()).isEqualTo("challenge_expired");
            assertThat(logins(server, longer)).isEqualTo(1);
        }
    }

    @Test
    void a_login_that_was_ended_by_its_user_is_forgotten_long_before_it_would_expire() {
        try (TestServer server = TestServer.start(
                Map.of("SWEEP_INTERVAL", "20ms", "LOGIN_TTL", "300d", "TOKEN_TTL", "300d", "CHALLENGE_TTL", "2d"))) {
            Api api = Api.of(server);
            User user = new User();
            User staying = new User();
            ObjectNode template = User.challenge(api);
            String proof = user.proof(template);
            String token = api.post("/api/identity/verify", proof).text("nostr_token");
            String stays = staying.logIn(api);
            assertThat(api.as(token).post("/api/identity/logout").status()).isEqualTo(204);
            server.clock().advance(Duration.ofDays(2).minusHours(1));
            server.execute("INSERT INTO logins (id, pubkey, expires_at, revoked_at) SELECT gen_random_uuid(), pubkey,"
                    + " '2100-01-01', '2020-01-01' FROM logins WHERE pubkey = '" + user.pubkey() + "'");
            Waiting.until(() -> server.count("SELECT count(*) FROM logins WHERE revoked_at = '2020-01-01'") == 0);

            assertThat(api.post("/api/identity/verify", proof).code()).isEqualTo("challenge_used");
            server.clock().advance(Duration.ofHours(26));
            Waiting.until(() -> logins(server, user) == 0);

            assertThat(api.post("/api/identity/verify", proof).code()).isEqualTo("challenge_expired");
            assertThat(api.as(token).get("/api/identity/me").code()).isEqualTo("token_revoked");
            assertThat(api.as(token).post("/api/identity/refresh").code()).isEqualTo("token_revoked");
            assertThat(api.as(stays).get("/api/identity/me").status()).isEqualTo(200);
            assertThat(logins(server, staying)).isEqualTo(1);
        }
    }
}
