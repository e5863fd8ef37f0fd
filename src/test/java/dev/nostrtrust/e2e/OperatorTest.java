package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OperatorTest {
    private static TestServer server;
    private static Api api;
    private static Api operator;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server);
        operator = api.as(server.token(Scope.OPERATOR));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static long audited(String action, User user) {
        return server.count("SELECT count(*) FROM audit_log WHERE actor = 'operator:test-operator' AND action = '"
                + action + "' AND subject = '" + user.pubkey() + "'");
    }

    @Test
    void a_blocked_identity_stays_out_until_it_is_let_in_again() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        String path = "/api/trust/" + user.npub() + "/block";

        assertThat(operator.post(path).status()).isEqualTo(200);
        assertThat(own.post("/api/jobs", "{\"request\":{}}").code()).isEqualTo("identity_blocked");
        assertThat(own.get("/api/identity/me").code()).isEqualTo("identity_blocked");
        assertThat(operator.post(path, "{\"blocked\":false}").status()).isEqualTo(200);
        assertThat(own.post("/api/jobs", "{\"request\":{}}").status()).isEqualTo(201);
        assertThat(audited("block", user)).isEqualTo(1);
        assertThat(audited("unblock", user)).isEqualTo(1);
    }

    @Test
    void a_fixed_tier_is_the_one_shown_until_the_model_decides_again() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        String path = "/api/trust/" + user.pubkey() + "/lock";

        Answer locked = operator.post(path, "{\"tier\":\"elite\"}");
        String job = "/api/jobs/" + own.post("/api/jobs", "{\"request\":{}}").text("id");

        assertThat(locked.text("trust_tier")).isEqualTo("elite");
        assertThat(locked.json().get("next_tier").isNull()).isTrue();
        assertThat(api.get(job).text("trust_tier")).isEqualTo("elite");
        assertThat(operator.post(path, "{\"tier\":null}").text("trust_tier")).isEqualTo("new");
        assertThat(operator.post(path, "{\"tier\":\"best\"}").code()).isEqualTo("invalid_request");
        assertThat(operator.post(path, "{}").code()).isEqualTo("invalid_request");
        assertThat(audited("lock", user)).isEqualTo(2);
    }

    @Test
    void an_adjustment_is_a_fact_and_its_key_makes_it_happen_once() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        Api keyed = operator.with("Idempotency-Key", "gift");
        String path = "/api/trust/" + user.pubkey() + "/adjust";

        keyed.post(path, "{\"sats\":40000,\"note\":\"a gift\"}");
        keyed.post(path, "{\"sats\":40000,\"note\":\"a gift\"}");
        Waiting.until(() -> own.get("/api/trust/me").text("trust_tier").equals("elite"));
        operator.post(path, "{\"sats\":-80000}");
        Waiting.until(() -> own.get("/api/trust/me").text("trust_tier").equals("anonymous"));

        assertThat(own.get("/api/trust/me/history").json().get("entries")).hasSize(2);
        assertThat(own.get("/api/trust/me").json().get("interaction_count").asLong())
                .isZero();
        assertThat(audited("adjust", user)).isEqualTo(2);
        assertThat(keyed.post(path, "{\"sats\":1}").code()).isEqualTo("idempotency_key_reused");
        assertThat(operator.post(path, "{\"sats\":1,\"note\":\"a\\u0000b\"}").code())
                .isEqualTo("invalid_request");
        assertThat(operator.post(path, "{}").code()).isEqualTo("invalid_request");
        assertThat(operator.with("Idempotency-Key", "x".repeat(300))
                        .post(path, "{\"sats\":1}")
                        .code())
                .isEqualTo("invalid_idempotency_key");
    }

    @Test
    void the_fact_of_a_job_is_taken_back_once() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        Api worker = api.as(server.token(Scope.WORKER));
        String job = "/api/jobs/" + own.post("/api/jobs", "{\"request\":{}}").text("id");

        assertThat(operator.post(job + "/reverse").code()).isEqualTo("nothing_to_reverse");
        String fence = worker.post(job + "/claim").json().get("fence").asText();
        worker.post(job + "/complete", "{\"fence\":" + fence + ",\"sats_cost\":40000}");
        assertThat(operator.post(job + "/reverse").status()).isEqualTo(200);
        assertThat(operator.post(job + "/reverse").code()).isEqualTo("already_reversed");
        Waiting.until(
                () -> own.get("/api/trust/me/history").json().get("entries").size() == 2);

        assertThat(own.get("/api/trust/me").text("trust_tier")).isEqualTo("new");
        assertThat(operator.post("/api/jobs/x/reverse").code()).isEqualTo("job_not_found");
    }

    @Test
    void only_operators_operate_and_only_on_keys_that_were_seen() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        String stranger = "/api/trust/" + new User().pubkey();

        assertThat(own.post("/api/trust/" + user.pubkey() + "/lock", "{\"tier\":\"elite\"}")
                        .code())
                .isEqualTo("insufficient_scope");
        assertThat(operator.post(stranger + "/lock", "{\"tier\":\"elite\"}").code())
                .isEqualTo("identity_not_found");
        assertThat(operator.post(stranger + "/block").code()).isEqualTo("identity_not_found");
        assertThat(operator.post(stranger + "/adjust", "{\"sats\":1}").code()).isEqualTo("identity_not_found");
    }

    @Test
    void the_event_bus_answers_for_keys_and_tells_what_changed() {
        User user = new User();
        JsonObject asked = new JsonObject().put("pubkey", user.npub());
        var changes = server.listen("trust.v1.changed");

        int unknown = refusal(asked);
        user.logIn(api);
        JsonObject newcomer = server.ask("trust.v1.get", asked);
        operator.post("/api/trust/" + user.pubkey() + "/adjust", "{\"sats\":3000}");
        Waiting.until(() -> !changes.isEmpty());

        assertThat(unknown).isEqualTo(404);
        assertThat(newcomer.getString("trust_tier")).isEqualTo("new");
        JsonObject change = changes.peek();
        assertThat(change.getString("cause")).isEqualTo("adjustment");
        assertThat(change.getString("tier_after")).isEqualTo("established");
        assertThat(server.ask("trust.v1.get", asked).getString("trust_tier")).isEqualTo("established");
        for (Object malformed : new Object[] {new JsonObject(), new JsonObject().put("pubkey", "x"), "x"}) {
            assertThat(refusal(malformed)).isEqualTo(400);
        }
    }

    private static int refusal(Object asked) {
        return catchThrowableOfType(ReplyException.class, () -> server.ask("trust.v1.get", asked))
                .failureCode();
    }
}
