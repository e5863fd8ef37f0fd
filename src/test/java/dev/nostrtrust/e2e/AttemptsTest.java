package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttemptsTest {
    private static final String VERIFY = "/api/identity/verify";

    private static String forged(User user, ObjectNode challenge) {
        return user.proof(challenge).replaceFirst("\"sig\":\"[0-9a-f]{8}", "\"sig\":\"00000000");
    }

    @Test
    void a_challenge_is_no_good_any_more_when_too_many_signatures_over_it_were_wrong() {
        try (TestServer server = TestServer.start(Map.of("LOGIN_ATTEMPTS", "2"))) {
            Api api = Api.of(server);
            User user = new User();
            ObjectNode challenge = User.challenge(api);

            assertThat(api.post(VERIFY, forged(user, challenge)).code()).isEqualTo("invalid_signature");
            assertThat(api.post(VERIFY, forged(user, challenge)).code()).isEqualTo("invalid_signature");
            Answer third = api.post(VERIFY, user.proof(challenge));

            assertThat(third.status()).isEqualTo(409);
            assertThat(third.code()).isEqualTo("challenge_used");
            assertThat(user.logIn(api)).isNotEmpty();
        }
    }

    @Test
    void one_wrong_signature_does_not_spend_a_challenge() {
        try (TestServer server = TestServer.start()) {
            Api api = Api.of(server);
            User user = new User();
            ObjectNode challenge = User.challenge(api);

            assertThat(api.post(VERIFY, forged(user, challenge)).status()).isEqualTo(401);

            assertThat(api.post(VERIFY, user.proof(challenge)).status()).isEqualTo(200);
        }
    }

    @Test
    void refused_logins_beyond_their_rate_are_answered_all_the_same() {
        try (TestServer server = TestServer.start(Map.of("LOGIN_REFUSALS", "10"))) {
            Api api = Api.of(server);
            User user = new User();

            for (int i = 0; i < 15; i++) {
                assertThat(api.post(VERIFY, forged(user, User.challenge(api))).code())
                        .isEqualTo("invalid_signature");
            }
        }
    }
}
