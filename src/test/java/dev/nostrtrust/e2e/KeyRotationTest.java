package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Keys rotate with overlap: one signs, the others only verify. */
class KeyRotationTest {
    private final DatabaseAddress database = TestDatabases.fresh();

    /** A server with keys of these ids for tokens, and others of these ids for challenges. */
    private TestServer start(String tokenKeys, String challengeKeys) {
        return TestServer.start(
                Map.of("TOKEN_KEYS", keys(tokenKeys, 1), "CHALLENGE_KEYS", keys(challengeKeys, 3)),
                database,
                new TestClock());
    }

    private static String keys(String ids, int first) {
        return Arrays.stream(ids.split(","))
                .map(id -> id + ":" + TestServer.key(id.equals("old") ? first : first + 1))
                .collect(Collectors.joining(","));
    }

    @Test
    void what_the_old_key_signed_is_good_until_the_old_key_is_gone() {
        User user = new User();
        String token;
        JsonNode template;
        try (TestServer before = start("old", "old")) {
            token = user.logIn(Api.of(before));
            template = User.challenge(Api.of(before));
        }

        try (TestServer overlap = start("new,old", "new,old")) {
            Api api = Api.of(overlap);
            assertThat(api.as(token).get("/api/identity/me").status()).isEqualTo(200);
            assertThat(api.post("/api/identity/verify", user.proof(template)).status())
                    .isEqualTo(200);
            token = api.as(token).post("/api/identity/refresh").text("nostr_token");
            template = User.challenge(api);
        }

        try (TestServer after = start("new", "new")) {
            Api api = Api.of(after);
            assertThat(api.as(token).get("/api/identity/me").status()).isEqualTo(200);
            assertThat(api.post("/api/identity/verify", user.proof(template)).status())
                    .isEqualTo(200);
        }

        try (TestServer without = start("old", "old")) {
            Api api = Api.of(without);
            assertThat(api.as(token).get("/api/identity/me").code()).isEqualTo("invalid_token");
            assertThat(api.post("/api/identity/verify", user.proof(template)).code())
                    .isEqualTo("challenge_unknown");
        }
    }

    @Test
    void nodes_that_take_up_a_new_key_in_turn_accept_what_the_others_sign_at_every_step() {
        List<String> steps = List.of("old", "old,new", "new,old", "new");

        for (int step = 1; step < steps.size(); step++) {
            try (TestServer ahead = start(steps.get(step), steps.get(step));
                    TestServer behind = start(steps.get(step - 1), steps.get(step - 1))) {
                for (Api[] way : new Api[][] {{Api.of(ahead), Api.of(behind)}, {Api.of(behind), Api.of(ahead)}}) {
                    User user = new User();
                    String token = user.logIn(way[0]);
                    Answer proven = way[1].post("/api/identity/verify", user.proof(User.challenge(way[0])));

                    assertThat(way[1].as(token).get("/api/identity/me").status())
                            .as("step " + step)
                            .isEqualTo(200);
                    assertThat(proven.status()).as("step " + step).isEqualTo(200);
                }
            }
        }
    }

    @Test
    void a_key_that_is_put_first_at_once_is_not_known_to_nodes_that_are_behind() {
        try (TestServer ahead = start("new,old", "old");
                TestServer behind = start("old", "old")) {
            String token = new User().logIn(Api.of(ahead));

            assertThat(Api.of(behind).as(token).get("/api/identity/me").code()).isEqualTo("invalid_token");
        }
    }

    @Test
    void es256_tokens_are_verified_cached_and_their_keys_published() {
        String key = Tokens.generateElliptic();
        try (TestServer server = TestServer.start(Map.of("TOKEN_ALGORITHM", "ES256", "TOKEN_KEYS", "ec-1:" + key))) {
            Api api = Api.of(server);
            User user = new User();
            String token = user.logIn(api);
            JsonNode keys = api.get("/.well-known/jwks.json").json().get("keys");
            String altered = token.substring(0, token.length() - 10)
                    + (token.charAt(token.length() - 10) == 'A' ? 'B' : 'A')
                    + token.substring(token.length() - 9);

            assertThat(keys).hasSize(1);
            assertThat(keys.get(0).get("kid").asText()).isEqualTo("ec-1");
            assertThat(keys.get(0).has("d")).isFalse();
            for (int i = 0; i < 3; i++) {
                assertThat(api.as(token).get("/api/identity/me").text("pubkey")).isEqualTo(user.pubkey());
            }
            assertThat(api.as(altered).get("/api/identity/me").code()).isEqualTo("invalid_token");
            assertThat(api.as(server.token(Scope.WORKER)).get("/api/jobs").status())
                    .isEqualTo(200);
            api.as(token).post("/api/identity/logout");
            assertThat(api.as(token).get("/api/identity/me").code()).isEqualTo("token_revoked");
        }
    }

    @Test
    void under_hs256_the_key_set_is_empty() {
        try (TestServer server = TestServer.start()) {
            assertThat(Api.of(server).get("/.well-known/jwks.json").json().toString())
                    .isEqualTo("{\"keys\":[]}");
        }
    }
}
