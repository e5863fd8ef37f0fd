package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.nostr.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LoginTest {
    private static TestServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Answer verify(String body) {
        return api.post("/api/identity/verify", body);
    }

    @Test
    void a_challenge_holds_a_template_that_a_signer_signs_as_it_is() {
        Answer answer = api.post("/api/identity/challenge", "{}");

        JsonNode template = answer.json().get("event_template");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Cache-Control")).contains("no-store");
        assertThat(template.get("kind").asInt()).isEqualTo(27235);
        assertThat(template.get("content").asText()).isEqualTo("Sign in to trust.example");
        assertThat(template.has("pubkey") || template.has("id")).isFalse();
        String nonce = answer.text("nonce");
        Instant expiresAt = Instant.parse(answer.text("expires_at"));
        assertThat(template.get("tags").toString())
                .isEqualTo("[[\"u\",\"https://trust.example/api/identity/verify\"],[\"method\",\"POST\"],"
                        + "[\"challenge\",\"" + nonce + "\"],[\"expiration\",\"" + expiresAt.getEpochSecond() + "\"]]");
        assertThat(expiresAt.getEpochSecond() - template.get("created_at").asLong())
                .isEqualTo(300);
    }

    @Test
    void a_challenge_of_a_node_whose_clock_is_ahead_is_redeemed_at_another() {
        try (TestServer ahead = TestServer.start(Map.of(), server.database(), new TestClock())) {
            ahead.clock()
                    .advance(Duration.between(
                            ahead.clock().instant(), server.clock().instant()));
            ahead.clock().advance(Duration.ofSeconds(119));

            Answer redeemed = verify(new User().proof(User.challenge(Api.of(ahead))));

            assertThat(redeemed.status()).as(redeemed.toString()).isEqualTo(200);
        }
    }

    @Test
    void a_challenge_takes_no_body_or_a_pubkey_and_names_the_browsers_origin_if_it_is_ours() {
        User user = new User();

        assertThat(api.post("/api/identity/challenge").status()).isEqualTo(200);
        assertThat(api.post("/api/identity/challenge", "{\"pubkey\":\"" + user.npub() + "\"}")
                        .status())
                .isEqualTo(200);
        assertThat(api.post("/api/identity/challenge", "{\"pubkey\":\"x\"}").code())
                .isEqualTo("invalid_pubkey");
        assertThat(api.with("Origin", TestServer.SECOND_ORIGIN)
                        .post("/api/identity/challenge")
                        .toString())
                .contains("https://second.example/api/identity/verify");
        assertThat(api.with("Origin", "https://evil.example")
                        .post("/api/identity/challenge")
                        .toString())
                .contains("https://trust.example/api/identity/verify");
    }

    @Test
    void a_newcomer_logs_in_and_is_known() {
        User user = new User();

        Answer answer = verify(user.proof(User.challenge(api)));
        Answer me = api.as(answer.text("nostr_token")).get("/api/identity/me");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text("token_type")).isEqualTo("Bearer");
        assertThat(answer.text("pubkey")).isEqualTo(user.pubkey());
        assertThat(answer.text("npub")).isEqualTo(user.npub());
        assertThat(answer.text("trust_tier")).isEqualTo("new");
        assertThat(answer.json().get("trust_score").asDouble()).isEqualTo(10.0);
        assertThat(me.text("pubkey")).isEqualTo(user.pubkey());
        assertThat(server.count(
                        "SELECT count(*) FROM audit_log WHERE action = 'login' AND subject = '" + user.pubkey() + "'"))
                .isEqualTo(1);
    }

    @Test
    void the_second_origin_and_empty_content_are_as_good() {
        User user = new User();
        ObjectNode second = (ObjectNode) api.with("Origin", TestServer.SECOND_ORIGIN)
                .post("/api/identity/challenge")
                .json()
                .get("event_template");
        ObjectNode empty = User.challenge(api).put("content", "");
        ObjectNode withoutExpiration = User.challenge(api);
        ((ArrayNode) withoutExpiration.get("tags")).remove(3);

        for (ObjectNode template : List.of(second, empty, withoutExpiration)) {
            assertThat(verify(user.proof(template)).status()).isEqualTo(200);
        }
    }

    @Test
    void the_announced_key_may_be_hex_npub_or_a_uri() {
        User user = new User();

        for (String announced : List.of(user.pubkey(), user.npub(), "nostr:" + user.npub())) {
            Event event = user.sign(User.challenge(api));
            String body = "{\"event\":" + event.toJson().encode() + ",\"pubkey\":\"" + announced + "\"}";
            assertThat(verify(body).status()).isEqualTo(200);
        }
    }

    @Test
    void of_64_parallel_redemptions_of_one_challenge_exactly_one_succeeds() {
        User user = new User();
        String proof = user.proof(User.challenge(api));

        Map<String, Long> answers = api.postAtOnce(64, "/api/identity/verify", () -> proof).stream()
                .collect(Collectors.groupingBy(answer -> answer.status() + " " + answer.code(), Collectors.counting()));

        assertThat(answers).isEqualTo(Map.of("200 ", 1L, "409 challenge_used", 63L));
        assertThat(server.count("SELECT count(*) FROM logins WHERE pubkey = '" + user.pubkey() + "'"))
                .isEqualTo(1);
    }

    @Test
    void one_challenge_redeemed_by_64_keys_at_once_lets_one_in() {
        ObjectNode template = User.challenge(api);

        List<Answer> answers = api.postAtOnce(64, "/api/identity/verify", () -> new User().proof(template));

        assertThat(answers.stream().filter(answer -> answer.status() == 200)).hasSize(1);
        assertThat(answers.stream().filter(answer -> answer.code().equals("challenge_used")))
                .hasSize(63);
    }

    @Test
    void many_logins_at_once_all_succeed() {
        List<String> proofs = java.util.stream.Stream.generate(() -> new User().proof(User.challenge(api)))
                .limit(200)
                .toList();
        var each = proofs.iterator();

        List<Answer> answers = api.postAtOnce(200, "/api/identity/verify", each::next);

        assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(200));
    }

    @Test
    void an_expired_challenge_is_refused() {
        User user = new User();
        String proof = user.proof(User.challenge(api));

        server.clock().advance(Duration.ofMinutes(5));
        Answer answer = verify(proof);

        assertThat(answer.code()).isEqualTo("challenge_expired");
        assertThat(server.count("SELECT count(*) FROM nostr_identities WHERE pubkey = '" + user.pubkey() + "'"))
                .isZero();
    }

    @Test
    void a_blocked_identity_is_refused_and_the_refusal_audited() {
        User user = new User();
        user.logIn(api);
        server.execute("UPDATE nostr_identities SET blocked_at = now() WHERE pubkey = '" + user.pubkey() + "'");

        Answer answer = verify(user.proof(User.challenge(api)));
        verify(user.proof(User.challenge(api)));

        assertThat(server.count("SELECT sum(count) FROM refusal_counts WHERE action = 'login_refused_blocked'"
                        + " AND pubkey = '" + user.pubkey() + "'"))
                .isEqualTo(2);
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.code()).isEqualTo("identity_blocked");
        assertThat(server.count("SELECT count(*) FROM audit_log WHERE action = 'login_refused_blocked' AND subject = '"
                        + user.pubkey() + "'"))
                .isEqualTo(1);
    }
}
