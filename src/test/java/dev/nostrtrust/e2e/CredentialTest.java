package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Credentials;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.TestTokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tokens of workers, services and operators that are minted, listed and revoked, and operators who log in. */
class CredentialTest {
    private static final User OWNER = new User();

    private static TestServer server;
    private static Api api;
    private static Api operator;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("OPERATOR_PUBKEYS", OWNER.npub()));
        api = Api.of(server);
        operator = api.as(server.token(Scope.OPERATOR));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Answer mint(String name, String scope) {
        return operator.post(
                "/api/operator/credentials", "{\"name\":\"" + name + "\",\"scope\":\"" + scope + "\",\"days\":7}");
    }

    private static Answer revoke(Answer minted) {
        return operator.post(
                "/api/operator/credentials/" + minted.text("id") + "/revoke", "{\"reason\":\"laptop stolen\"}");
    }

    private static long audited(String action, String subject, Answer minted, String reason) {
        return server.count(
                "SELECT count(*) FROM audit_log WHERE actor = 'operator:test-operator' AND action = '" + action
                        + "' AND subject = '" + subject + "' AND detail = '" + minted.text("id")
                        + "' AND coalesce(reason, '') = '" + reason + "'");
    }

    @Test
    void a_minted_token_works_at_once_and_a_revoked_one_ends_within_a_second() {
        Answer minted = mint("mill", "worker");
        Api worker = api.as(minted.text("token"));

        assertThat(minted.status()).isEqualTo(201);
        assertThat(worker.get("/api/jobs").status()).isEqualTo(200);
        Answer revoked = revoke(minted);
        assertThat(revoked.status()).isEqualTo(200);
        assertThat(revoked.text("revoked_by")).isEqualTo("operator:test-operator");
        pause(Credentials.MAX_AGE.toMillis());
        Answer refused = worker.get("/api/jobs");

        assertThat(refused.status() + refused.code()).isEqualTo("401token_revoked");
        assertThat(worker.post("/api/jobs/claim", "{}").code()).isEqualTo("token_revoked");
        assertThat(audited("credential_minted", "worker:mill", minted, "")).isEqualTo(1);
        assertThat(audited("credential_revoked", "worker:mill", minted, "laptop stolen"))
                .isEqualTo(1);
    }

    @Test
    void no_node_accepts_one_of_1000_requests_a_second_after_the_revocation() {
        try (TestServer second = TestServer.start(Map.of(), server.database(), server.clock());
                TestServer third = TestServer.start(Map.of(), server.database(), server.clock())) {
            Answer minted = mint("everywhere", "worker");
            List<Api> nodes = List.of(server, second, third).stream()
                    .map(node -> Api.of(node).as(minted.text("token")))
                    .toList();
            assertThat(nodes).allMatch(node -> node.get("/api/jobs").status() == 200);

            revoke(minted);
            pause(Credentials.MAX_AGE.toMillis());

            for (int i = 0; i < 1000; i++) {
                Answer answer = nodes.get(i % nodes.size()).get("/api/jobs");
                assertThat(answer.status() + answer.code()).isEqualTo("401token_revoked");
            }
        }
    }

    /** The bound is one of the contract, and counts from the answer to the revocation. */
    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_second_revocation_changes_nothing() {
        Answer minted = mint("twice", "service");

        Answer first = revoke(minted);
        Answer second = revoke(minted);

        assertThat(second.text("revoked_at")).isEqualTo(first.text("revoked_at"));
        assertThat(server.count("SELECT count(*) FROM audit_log WHERE subject = 'service:twice'"))
                .isEqualTo(2);
        assertThat(operator.post("/api/operator/credentials/" + UUID.randomUUID() + "/revoke")
                        .code())
                .isEqualTo("credential_not_found");
        assertThat(operator.get("/api/operator/credentials/" + minted.text("id"))
                        .text("revoked_by"))
                .isEqualTo("operator:test-operator");
    }

    @Test
    void a_revoked_token_gets_no_job_even_if_it_already_waits_for_one() throws Exception {
        Answer minted = mint("waiting", "worker");
        Api worker = api.as(minted.text("token"));
        Api user = api.as(new User().logIn(api));
        var answer = CompletableFuture.supplyAsync(
                () -> worker.post("/api/jobs/claim", "{\"queues\":[\"revoked\"],\"wait\":20}"));
        Waiting.until(() -> server.waiting() > 0);

        revoke(minted);
        pause(Credentials.MAX_AGE.toMillis());
        String job = "/api/jobs/"
                + user.post("/api/jobs", "{\"request\":{},\"queue\":\"revoked\"}")
                        .text("id");

        assertThat(answer.get().code()).isEqualTo("token_revoked");
        assertThat(api.get(job).text("state")).isEqualTo("queued");
    }

    @Test
    void a_token_without_a_credential_is_refused() {
        String token = mint("thief", "operator").text("token");
        String forged =
                TestTokens.of(token).claim("jti", UUID.randomUUID().toString()).signed();

        assertThat(api.as(token).get("/api/jobs").status()).isEqualTo(200);
        assertThat(api.as(forged).get("/api/jobs").code()).isEqualTo("token_revoked");
    }

    @Test
    void credentials_are_listed_from_the_newest_by_pages_and_without_their_tokens() {
        List<String> minted = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            minted.add(0, mint("listed-" + i, "service").text("id"));
        }

        List<String> listed = new ArrayList<>();
        String next = "";
        do {
            Answer page = operator.get("/api/operator/credentials?limit=2" + next);
            for (JsonNode each : page.json().get("credentials")) {
                listed.add(each.get("id").asText());
                assertThat(each.has("token")).isFalse();
            }
            next = page.json().get("next_before").isNull() ? "" : "&before=" + page.text("next_before");
        } while (!next.isEmpty());

        assertThat(listed).doesNotHaveDuplicates().containsSubsequence(minted);
        assertThat(listed).hasSize((int) server.count("SELECT count(*) FROM credentials"));
    }

    @Test
    void a_use_is_recorded() {
        Answer minted = mint("used", "worker");
        String path = "/api/operator/credentials/" + minted.text("id");

        assertThat(operator.get(path).json().get("last_used_at").isNull()).isTrue();
        api.as(minted.text("token")).get("/api/jobs");
        TestServer.await(server.credentials().recordUse());

        assertThat(operator.get(path).json().get("last_used_at").isNull()).isFalse();
    }

    @Test
    void bad_input_mints_nothing() {
        long before = server.count("SELECT count(*) FROM credentials");

        assertThat(List.of(
                        mint("", "worker"),
                        mint("two words", "worker"),
                        mint("a".repeat(65), "worker"),
                        mint("a".repeat(64), "worker"),
                        mint("x", "user"),
                        operator.post("/api/operator/credentials", "{\"name\":\"x\",\"scope\":\"worker\",\"days\":0}"),
                        operator.post(
                                "/api/operator/credentials",
                                "{\"name\":\"x\",\"scope\":\"worker\",\"reason\":\"" + "r".repeat(201) + "\"}")))
                .allMatch(answer -> answer.code().equals("invalid_request"));
        assertThat(server.count("SELECT count(*) FROM credentials")).isEqualTo(before);
    }

    @Test
    void an_operator_logs_in_with_a_key_of_the_settings_and_is_named_by_it() {
        Api owner = api.as(OWNER.logIn(api));
        User user = new User();
        user.logIn(api);
        String trust = "/api/trust/" + user.pubkey();

        assertThat(owner.post(trust + "/lock", "{\"tier\":\"elite\"}").status()).isEqualTo(200);
        assertThat(owner.get(trust).text("trust_tier")).isEqualTo("elite");
        assertThat(owner.get(trust + "/history").status()).isEqualTo(200);
        assertThat(owner.get("/api/trust/me/history").status()).isEqualTo(200);
        assertThat(owner.get("/api/trust/me").text("pubkey")).isEqualTo(OWNER.pubkey());
        assertThat(server.count("SELECT count(*) FROM audit_log WHERE action = 'lock' AND actor = 'operator:"
                        + OWNER.pubkey() + "' AND subject = '" + user.pubkey() + "'"))
                .isEqualTo(1);
    }

    @Test
    void an_operator_who_logs_out_ends_the_poll_that_waits() throws Exception {
        Api owner = api.as(OWNER.logIn(api));
        long seq = server.count("SELECT seq FROM trust_head");
        var answer = CompletableFuture.supplyAsync(() -> owner.get("/api/trust/events?wait=20&after=" + seq));
        Waiting.until(() -> server.waiting() > 0);

        owner.post("/api/identity/logout");
        User user = new User();
        user.logIn(api);
        operator.post("/api/trust/" + user.pubkey() + "/adjust", "{\"sats\":1}");

        assertThat(answer.get().code()).isEqualTo("token_revoked");
    }

    @Test
    void a_user_is_no_operator_and_an_operator_who_has_logged_out_is_none_either() {
        Api user = api.as(new User().logIn(api));
        Api owner = api.as(OWNER.logIn(api));

        assertThat(user.get("/api/operator/credentials").code()).isEqualTo("insufficient_scope");
        assertThat(owner.get("/api/operator/credentials").status()).isEqualTo(200);
        owner.post("/api/identity/logout");
        assertThat(owner.get("/api/operator/credentials").code()).isEqualTo("token_revoked");
    }
}
