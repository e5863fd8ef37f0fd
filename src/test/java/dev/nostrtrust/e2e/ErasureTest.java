package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ErasureTest {
    private static final Duration GRACE = Duration.ofDays(30);

    private static TestServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("SWEEP_INTERVAL", "50ms", "SWEEP_BATCH", "2", "JOB_RETENTION", "365d"));
        api = Api.of(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static ObjectNode challenge() {
        return Erasing.challenge(api);
    }

    private static Answer erase(String token, String proof) {
        return Erasing.send(api.as(token), proof);
    }

    private static long audited(String action, User user) {
        return server.count(
                "SELECT count(*) FROM audit_log WHERE action = '" + action + "' AND subject = '" + user.pubkey() + "'");
    }

    private static long kept(User user) {
        return server.count("SELECT (SELECT count(*) FROM jobs WHERE nostr_pubkey = '" + user.pubkey()
                + "') + (SELECT count(*) FROM sessions WHERE nostr_pubkey = '" + user.pubkey() + "')");
    }

    /** Whether the sweep has nothing left to do. */
    private static void whenSwept() {
        Waiting.until(() -> server.count("SELECT count(*) FROM nostr_identities WHERE erase_after <= '"
                        + server.clock().instant() + "'")
                == 0);
    }

    private static String done(Api user) {
        Work work = new Work(server);
        String job = work.order(user);
        assertThat(work.complete(job, work.claim(job), 21_000).status()).isEqualTo(200);
        return job;
    }

    private static long interactions(Api user) {
        return user.get("/api/trust/me").json().get("interaction_count").asLong();
    }

    @Test
    void what_is_signed_says_what_it_is_for() {
        ObjectNode template = challenge();

        assertThat(template.get("content").asText()).isEqualTo("Erase my identity at trust.example");
        assertThat(template.get("tags").toString())
                .startsWith("[[\"u\",\"https://trust.example/api/identity/me\"],[\"method\",\"DELETE\"],");
        assertThat(api.post("/api/identity/challenge", "{\"purpose\":\"login\"}")
                        .toString())
                .contains("/api/identity/verify");
        assertThat(api.post("/api/identity/challenge", "{\"purpose\":\"fun\"}").code())
                .isEqualTo("invalid_request");
    }

    @Test
    void work_and_visits_go_when_the_grace_is_over_and_the_ledger_stays() {
        User early = new User();
        erase(early.logIn(api), early.proof(challenge()));
        server.clock().advance(Duration.ofHours(2));
        User user = new User();
        User other = new User();
        String token = user.logIn(api);
        Api mine = api.as(token);
        String session = mine.post("/api/sessions", "{}").text("id");
        String paid = done(mine);
        String inSession =
                mine.post("/api/sessions/" + session + "/requests", Work.ORDER).text("id");
        Stream.generate(() -> Work.ORDER).limit(3).forEach(order -> mine.post("/api/jobs", order));
        String others = api.as(other.logIn(api)).post("/api/jobs", Work.ORDER).text("id");

        Answer asked = erase(token, user.proof(challenge()));

        assertThat(asked.status()).isEqualTo(202);
        assertThat(Instant.parse(asked.text("erase_after")))
                .isBetween(
                        server.clock().instant().plus(GRACE).minusSeconds(60),
                        server.clock().instant().plus(GRACE));
        assertThat(mine.get("/api/identity/me").code()).isEqualTo("token_revoked");
        assertThat(audited("erasure_asked", user)).isEqualTo(1);
        server.clock().advance(GRACE.minusHours(1));
        whenSwept();
        assertThat(audited("erased", early)).isEqualTo(1);
        assertThat(kept(user)).isEqualTo(6);

        server.clock().advance(Duration.ofHours(1));
        whenSwept();

        assertThat(kept(user)).isZero();
        assertThat(kept(other)).isEqualTo(1);
        assertThat(Stream.of(paid, inSession)
                        .map(id -> api.get("/api/jobs/" + id).code()))
                .containsOnly("job_not_found");
        assertThat(api.get("/api/sessions/" + session).code()).isEqualTo("session_not_found");
        assertThat(api.get("/api/jobs/" + others).status()).isEqualTo(200);
        assertThat(server.count("SELECT count(*) FROM trust_ledger WHERE kind = 'success' AND pubkey = '"
                        + user.pubkey() + "'"))
                .isEqualTo(1);
        assertThat(server.count(
                        "SELECT count(*) FROM trust_ledger WHERE kind = 'erase' AND pubkey = '" + user.pubkey() + "'"))
                .isEqualTo(1);
        assertThat(server.count("SELECT count(*) FROM nostr_identities WHERE erase_after IS NULL AND erased_at >= '"
                        + asked.text("erase_after") + "' AND pubkey = '" + user.pubkey() + "'"))
                .isEqualTo(1);
        assertThat(audited("erased", user)).isEqualTo(1);
    }

    @Test
    void a_running_job_is_finished_first_and_its_fact_is_recorded() {
        User user = new User();
        String token = user.logIn(api);
        Api mine = api.as(token);
        String session = mine.post("/api/sessions", "{}").text("id");
        String deadline = server.clock().instant().plus(Duration.ofDays(60)).toString();
        String order = Work.ORDER.replace("}}", "},\"deadline\":\"" + deadline + "\"}");
        String running =
                mine.post("/api/sessions/" + session + "/requests", order).text("id");
        mine.post("/api/jobs", Work.ORDER);
        erase(token, user.proof(challenge()));
        server.clock().advance(GRACE.minusSeconds(10));
        Work work = new Work(server);
        long fence = work.claim(running);

        server.clock().advance(Duration.ofSeconds(10));
        Waiting.until(() -> kept(user) == 2);
        Answer reported = work.fail(running, fence, "unpaid", 800);
        whenSwept();

        assertThat(reported.text("state")).isEqualTo("failed");
        assertThat(work.facts(running)).isEqualTo(1);
        assertThat(kept(user)).isZero();
        assertThat(audited("erased", user)).isEqualTo(1);
    }

    @Test
    void an_erased_identity_that_returns_has_its_ledger_and_nothing_else() {
        User user = new User();
        String token = user.logIn(api);
        done(api.as(token));
        Waiting.until(() -> interactions(api.as(token)) == 1);
        erase(token, user.proof(challenge()));
        server.clock().advance(GRACE);
        whenSwept();

        Api back = api.as(user.logIn(api));

        assertThat(interactions(back)).isEqualTo(1);
        assertThat(back.get("/api/identity/me/jobs").json().get("jobs")).isEmpty();
        assertThat(audited("erasure_withdrawn", user)).isZero();
    }

    @Test
    void a_login_before_then_withdraws_it() {
        User user = new User();
        String token = user.logIn(api);
        api.as(token).post("/api/jobs", Work.ORDER);
        erase(token, user.proof(challenge()));

        server.clock().advance(Duration.ofDays(29));
        user.logIn(api);
        server.clock().advance(Duration.ofDays(2));
        whenSwept();

        assertThat(kept(user)).isEqualTo(1);
        assertThat(audited("erasure_withdrawn", user)).isEqualTo(1);
        assertThat(audited("erased", user)).isZero();
    }

    @Test
    void so_does_a_request_that_the_key_signs() {
        User user = new User();
        erase(user.logIn(api), user.proof(challenge()));

        String authorization = User.authorization(user.signRequest(
                TestServer.ORIGIN + "/api/jobs", Work.ORDER, server.clock().instant()));
        Answer ordered = api.with("Authorization", authorization).post("/api/jobs", Work.ORDER);

        assertThat(ordered.status()).isEqualTo(201);
        assertThat(audited("erasure_withdrawn", user)).isEqualTo(1);
    }

    @Test
    void all_other_logins_end_too() {
        User user = new User();
        String other = user.logIn(api);

        erase(user.logIn(api), user.proof(challenge()));

        assertThat(api.as(other).get("/api/identity/me").code()).isEqualTo("token_revoked");
    }

    @Test
    void nothing_less_than_a_proof_for_this_by_this_key_will_do() {
        User user = new User();
        String token = user.logIn(api);
        String forLogin = user.proof(User.challenge(api));
        String byAnother = new User().proof(challenge());
        ObjectNode altered = challenge().put("content", "Sign in to trust.example");
        String operator = server.token(Scope.OPERATOR);
        long rows = server.rows();

        assertThat(erase("x", user.proof(challenge())).code()).isEqualTo("invalid_token");
        assertThat(erase(operator, user.proof(challenge())).code()).isEqualTo("insufficient_scope");
        assertThat(erase(token, "").code()).isEqualTo("invalid_event_shape");
        assertThat(erase(token, forLogin).code()).isEqualTo("method_mismatch");
        assertThat(erase(token, byAnother).code()).isEqualTo("pubkey_mismatch");
        assertThat(erase(token, user.proof(altered)).code()).isEqualTo("content_mismatch");
        assertThat(api.post("/api/identity/verify", user.proof(challenge())).code())
                .isEqualTo("method_mismatch");
        assertThat(server.rows()).isEqualTo(rows);
        assertThat(api.as(token).get("/api/identity/me").status()).isEqualTo(200);
    }

    @Test
    void a_challenge_is_good_for_one_erasure() {
        User user = new User();
        String proof = user.proof(challenge());
        erase(user.logIn(api), proof);
        String again = user.logIn(api);

        assertThat(erase(again, proof).code()).isEqualTo("challenge_used");
        assertThat(api.as(again).get("/api/identity/me").status()).isEqualTo(200);
    }

    @Test
    void a_blocked_identity_stays_as_it_is() {
        User user = new User();
        String token = user.logIn(api);
        api.as(server.token(Scope.OPERATOR)).post("/api/trust/" + user.pubkey() + "/block", "{}");

        assertThat(erase(token, user.proof(challenge())).code()).isEqualTo("identity_blocked");
        assertThat(audited("erasure_asked", user)).isZero();
    }

    @Test
    void an_operator_who_blocks_a_stolen_key_withdraws_what_it_asked_for() {
        User user = new User();
        String token = user.logIn(api);
        api.as(token).post("/api/jobs", Work.ORDER);
        erase(token, user.proof(challenge()));

        api.as(server.token(Scope.OPERATOR)).post("/api/trust/" + user.pubkey() + "/block", "{}");
        server.clock().advance(GRACE);
        whenSwept();

        assertThat(kept(user)).isEqualTo(1);
        assertThat(audited("erasure_withdrawn", user)).isEqualTo(1);
    }
}
