package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.nostr.Event;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Signatures that do not make a request their key's (NIP-98). */
class SignedRequestRefusalsTest {
    private static final String ORDER = "{\"request\":{\"prompt\":\"hello\"}}";
    private static final String JOBS = TestServer.ORIGIN + "/api/jobs";
    private static TestServer server;
    private final User user = new User();

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Api with(TestServer at, String authorization) {
        return Api.of(at).with("Authorization", authorization);
    }

    private String signed(String url, String body) {
        return User.authorization(user.signRequest(url, body, server.clock().instant()));
    }

    private String outcome(Answer answer) {
        return answer.status() + answer.code();
    }

    @Test
    void what_is_refused_leaves_nothing_behind() {
        long before = server.rows();
        Event honest = user.signRequest(JOBS, ORDER, server.clock().instant());
        String sig = honest.sig();
        Event forged = new Event(
                honest.id(),
                honest.pubkey(),
                honest.createdAt(),
                honest.kind(),
                honest.tags(),
                honest.content(),
                (sig.startsWith("0") ? "1" : "0") + sig.substring(1));
        Event renamed = new Event(
                "0".repeat(64),
                honest.pubkey(),
                honest.createdAt(),
                honest.kind(),
                honest.tags(),
                honest.content(),
                sig);
        Event old = user.signRequest(JOBS, ORDER, server.clock().instant().minus(Duration.ofSeconds(130)));

        assertThat(outcome(with(server, User.authorization(forged)).post("/api/jobs", ORDER)))
                .isEqualTo("401invalid_signature");
        assertThat(outcome(with(server, User.authorization(renamed)).post("/api/jobs", ORDER)))
                .isEqualTo("401id_mismatch");
        assertThat(outcome(with(server, User.authorization(old)).post("/api/jobs", ORDER)))
                .isEqualTo("401created_at_too_old");
        assertThat(outcome(with(server, signed(JOBS, ORDER)).post("/api/jobs", ORDER + " ")))
                .isEqualTo("401payload_mismatch");
        assertThat(outcome(with(server, signed(TestServer.ORIGIN + "/api/sessions", ORDER))
                        .post("/api/jobs", ORDER)))
                .isEqualTo("401url_mismatch");
        assertThat(outcome(with(server, signed("https://evil.example/api/jobs", ORDER))
                        .post("/api/jobs", ORDER)))
                .isEqualTo("401url_mismatch");
        assertThat(outcome(with(server, "Nostr ???").post("/api/jobs", ORDER))).isEqualTo("400invalid_event_shape");
        assertThat(outcome(with(server, "Nostr bm8").post("/api/jobs", ORDER))).isEqualTo("400invalid_json");
        assertThat(outcome(with(server, "Nostr " + "A".repeat(8193)).post("/api/jobs", ORDER)))
                .isEqualTo("400event_too_large");
        assertThat(outcome(with(server, "Nostr " + "A".repeat(8192)).post("/api/jobs", ORDER)))
                .isEqualTo("400invalid_json");
        assertThat(outcome(with(server, "Basic eDp5").post("/api/jobs", ORDER))).isEqualTo("401invalid_token");
        assertThat(server.rows()).isEqualTo(before);
        assertThat(with(server, User.authorization(honest))
                        .post("/api/jobs", ORDER)
                        .status())
                .isEqualTo(201);
    }

    @Test
    void an_event_proves_nothing_where_a_workers_token_is_asked_for_or_where_it_is_switched_off() {
        assertThat(outcome(with(server, signed(TestServer.ORIGIN + "/api/jobs/claim", ""))
                        .post("/api/jobs/00000000-0000-7000-8000-000000000000/claim")))
                .isEqualTo("401invalid_token");
        try (TestServer without = TestServer.start(Map.of("NIP98", "false"))) {
            assertThat(outcome(with(without, signed(JOBS, ORDER)).post("/api/jobs", ORDER)))
                    .isEqualTo("401invalid_token");
        }
    }

    @Test
    void forged_signatures_wait_in_the_line_of_refused_logins_and_are_answered_all_the_same() {
        try (TestServer strict = TestServer.start(Map.of("LOGIN_REFUSALS", "10"))) {
            for (int i = 0; i < 15; i++) {
                Event event = user.signRequest(JOBS, ORDER, strict.clock().instant());
                String forged = User.authorization(new Event(
                        event.id(),
                        event.pubkey(),
                        event.createdAt(),
                        event.kind(),
                        event.tags(),
                        "",
                        "0".repeat(128)));

                assertThat(outcome(with(strict, forged).post("/api/jobs", ORDER)))
                        .isEqualTo("401invalid_signature");
            }
        }
    }
}
