package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OverloadTest {

    @Test
    void when_the_signature_workers_are_full_a_login_is_refused_at_once_and_told_when_to_come_back() {
        Map<String, String> narrow =
                Map.of("SIGNATURE_IN_FLIGHT", "1", "SIGNATURE_WORKERS", "1", "SIGNATURE_VERIFIER", "bouncycastle");
        try (TestServer server = TestServer.start(narrow)) {
            Api api = Api.of(server);
            List<String> proofs = Stream.generate(() -> new User().proof(User.challenge(api)))
                    .limit(200)
                    .toList();
            var each = proofs.iterator();

            List<Answer> answers = api.postAtOnce(200, "/api/identity/verify", each::next);

            List<Answer> refused =
                    answers.stream().filter(answer -> answer.status() == 503).toList();
            assertThat(refused).isNotEmpty();
            assertThat(refused).allSatisfy(answer -> {
                assertThat(answer.code()).isEqualTo("overloaded");
                assertThat(answer.header("Retry-After")).contains("1");
            });
            assertThat(answers.stream().filter(answer -> answer.status() == 200))
                    .hasSize(200 - refused.size());
            assertThat(new User().logIn(api)).isNotEmpty();
        }
    }

    @Test
    void challenges_leave_nothing_in_the_database() {
        try (TestServer server = TestServer.start()) {
            Api api = Api.of(server);
            long rows = server.rows();

            for (int i = 0; i < 20; i++) {
                api.postAtOnce(100, "/api/identity/challenge", () -> "{}");
            }

            assertThat(server.rows()).isEqualTo(rows);
        }
    }
}
