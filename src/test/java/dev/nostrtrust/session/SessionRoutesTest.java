package dev.nostrtrust.session;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.e2e.Answer;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.http.LongPoll;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Vertx;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The routes of sessions over HTTP, without the rest of a server. */
@ExtendWith(VertxExtension.class)
class SessionRoutesTest {
    private static final TestClock CLOCK = new TestClock();

    private static TestCallers callers;
    private static ChangeWaiters waiters;
    private static RouteServer server;
    private static Api api;

    @BeforeAll
    static void start(Vertx vertx) {
        MigratedDatabase database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, CLOCK);
        waiters = new ChangeWaiters(vertx, 10, 0);
        Settings settings = SettingsReader.of(Map.of()).settings();
        Bus bus = new Bus(vertx);
        bus.verticles(waiters, settings).forEach(verticle -> await(vertx.deployVerticle(verticle)));
        IdentityStore identities = callers.identities();
        SessionService sessions = new SessionService(
                database.database(), identities, new TrustModel(TrustPolicy.defaults()), settings, CLOCK, bus);
        server = RouteServer.start(
                vertx,
                Map.of(),
                new SessionRoutes(callers.authenticator(), identities::requireLive, sessions, new LongPoll(waiters)));
        api = Api.at(server.port());
    }

    private static Api as(Caller caller) {
        return api.as(callers.token(caller));
    }

    /** The path of a new session. */
    private static String open(Api as) {
        Answer answer = as.post("/api/sessions", "{}");
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
        assertThat(answer.header("Location")).contains("/api/sessions/" + answer.text("id"));
        return "/api/sessions/" + answer.text("id");
    }

    @Test
    void a_session_belongs_to_the_token_and_is_anonymous_without_one() {
        Caller user = callers.user();

        Answer own = api.get(open(as(user)));
        Answer anonymous = api.get(open(api));

        assertThat(own.text("nostr_pubkey")).isEqualTo(user.subject());
        assertThat(own.text("trust_tier")).isEqualTo("new");
        assertThat(own.text("state")).isEqualTo("open");
        assertThat(anonymous.json().get("nostr_pubkey").isNull()).isTrue();
        assertThat(anonymous.text("trust_tier")).isEqualTo("anonymous");
    }

    @Test
    void a_session_is_closed_with_a_token_of_its_owner_or_of_a_worker() {
        Api own = as(callers.user());
        String session = open(own);
        String anonymous = open(api);

        assertThat(api.post(session + "/close").code()).isEqualTo("token_required");
        assertThat(as(callers.user()).post(session + "/close").code()).isEqualTo("not_owner");
        assertThat(as(callers.named(Scope.SERVICE, "shop"))
                        .post(session + "/close")
                        .code())
                .isEqualTo("insufficient_scope");
        Answer closed = own.post(session + "/close");
        Answer again = own.post(session + "/close");

        assertThat(closed.text("state")).isEqualTo("closed");
        assertThat(again.json()).isEqualTo(closed.json());
        assertThat(as(callers.named(Scope.WORKER, "worker"))
                        .post(anonymous + "/close")
                        .text("state"))
                .isEqualTo("closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "00000000-0000-7000-8000-000000000000"})
    void an_unknown_session_is_not_found(String id) {
        Answer shown = api.get("/api/sessions/" + id);
        Answer closed = as(callers.user()).post("/api/sessions/" + id + "/close");

        assertThat(shown.status() + shown.code()).isEqualTo("404session_not_found");
        assertThat(closed.status() + closed.code()).isEqualTo("404session_not_found");
    }

    @Test
    void a_poll_with_the_current_tag_gets_no_body() {
        String session = open(api);
        String tag = api.get(session).header("ETag").orElseThrow();

        assertThat(api.with("If-None-Match", tag).get(session).status()).isEqualTo(304);
        as(callers.named(Scope.WORKER, "worker")).post(session + "/close");
        assertThat(api.with("If-None-Match", tag).get(session).text("state")).isEqualTo("closed");
    }

    @Test
    void a_poll_that_waits_is_answered_when_the_session_is_closed(VertxTestContext context) {
        String session = open(api);
        server.begin("GET", session + "?wait=50", "")
                .onComplete(context.succeeding(response -> context.verify(() -> {
                    assertThat(response.json().getString("state")).isEqualTo("closed");
                    context.completeNow();
                })));
        Waiting.until(() -> waiters.count() == 1);

        as(callers.named(Scope.WORKER, "worker")).post(session + "/close");
    }

    @Test
    void a_poll_of_an_ended_session_does_not_wait(VertxTestContext context) {
        Api own = as(callers.user());
        String session = open(own);
        own.post(session + "/close");
        String tag = api.get(session).header("ETag").orElseThrow();
        Checkpoint answers = context.checkpoint(2);

        // The context fails before the end of a wait.
        server.begin("GET", session + "?wait=55", "")
                .onComplete(context.succeeding(response -> context.verify(() -> {
                    assertThat(response.json().getString("state")).isEqualTo("closed");
                    answers.flag();
                })));
        server.begin("GET", session + "?wait=55", "", "If-None-Match", tag)
                .onComplete(context.succeeding(response -> context.verify(() -> {
                    assertThat(response.status()).isEqualTo(304);
                    answers.flag();
                })));
    }

    @Test
    void a_user_lists_its_own_sessions_page_by_page_while_it_is_not_blocked() {
        Caller user = callers.user();
        Api own = as(user);
        List<String> opened = List.of(open(own), open(own), open(own)).stream()
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .toList();
        open(as(callers.user()));

        JsonNode first = own.get("/api/identity/me/sessions?limit=2").json();
        JsonNode rest = own.get("/api/identity/me/sessions?limit=2&before="
                        + first.get("next_before").asText())
                .json();

        assertThat(first.get("sessions").findValuesAsText("id")).containsExactly(opened.get(2), opened.get(1));
        assertThat(rest.get("sessions").findValuesAsText("id")).containsExactly(opened.get(0));
        assertThat(rest.get("next_before").isNull()).isTrue();
        callers.block(user);
        assertThat(own.get("/api/identity/me/sessions").code()).isEqualTo("identity_blocked");
    }

    @Test
    void unknown_fields_and_parameters_are_refused_before_a_session_is_opened() {
        Caller user = callers.user();
        Api own = as(user);

        assertThat(own.post("/api/sessions", "{\"ttl\":5}").code()).isEqualTo("invalid_request");
        assertThat(own.post("/api/sessions?ttl=5", "{}").code()).isEqualTo("invalid_request");
        assertThat(own.with("Idempotency-Key", "a b")
                        .post("/api/sessions", "{}")
                        .code())
                .isEqualTo("invalid_idempotency_key");
        assertThat(own.get("/api/identity/me/sessions?limit=0&before=x").json().get("violations"))
                .hasSize(2);

        assertThat(own.get("/api/identity/me/sessions").json().get("sessions")).isEmpty();
    }

    @Test
    void a_repeated_opening_gets_the_first_answer() {
        Api keyed = as(callers.user()).with("Idempotency-Key", "visit");

        Answer first = keyed.post("/api/sessions", "{}");
        Answer again = keyed.post("/api/sessions", "{}");

        assertThat(again.status()).isEqualTo(201);
        assertThat(again.json()).isEqualTo(first.json());
    }
}
