package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SessionTest {
    private static final String ORDER = "{\"request\":{\"prompt\":\"hello\"}}";
    private static TestServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("SWEEP_INTERVAL", "50ms", "SESSION_TTL", "1h"));
        api = Api.of(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String open(Api as) {
        Answer answer = as.post("/api/sessions", "{}");
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
        assertThat(answer.header("Location")).contains("/api/sessions/" + answer.text("id"));
        return "/api/sessions/" + answer.text("id");
    }

    @Test
    void an_identitys_session_takes_its_requests_and_nobody_elses() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        String session = open(own);

        Answer request = own.post(session + "/requests", ORDER);
        Answer anonymous = api.post(session + "/requests", ORDER);
        Answer stranger = api.as(new User().logIn(api)).post(session + "/requests", ORDER);
        Answer shown = api.get(session);

        assertThat(request.status()).isEqualTo(201);
        assertThat(request.text("session_id")).isEqualTo(shown.text("id"));
        assertThat(request.text("nostr_pubkey")).isEqualTo(user.pubkey());
        assertThat(anonymous.code()).isEqualTo("token_required");
        assertThat(stranger.code()).isEqualTo("not_owner");
        assertThat(shown.text("nostr_pubkey")).isEqualTo(user.pubkey());
        assertThat(shown.text("trust_tier")).isEqualTo("new");
        assertThat(shown.json().get("request_count").asLong()).isEqualTo(1);
    }

    @Test
    void an_anonymous_session_takes_anonymous_requests_only() {
        String session = open(api);

        assertThat(api.post(session + "/requests", ORDER).text("trust_tier")).isEqualTo("anonymous");
        assertThat(api.as(new User().logIn(api))
                        .post(session + "/requests", ORDER)
                        .code())
                .isEqualTo("not_owner");
        assertThat(api.get(session).json().get("nostr_pubkey").isNull()).isTrue();
        assertThat(api.post(session + "/close").code()).isEqualTo("token_required");
    }

    @Test
    void a_closed_session_takes_no_requests_and_closing_it_again_changes_nothing() {
        Api own = api.as(new User().logIn(api));
        String session = open(own);

        assertThat(api.as(new User().logIn(api)).post(session + "/close").code())
                .isEqualTo("not_owner");
        Answer closed = own.post(session + "/close");
        Answer again = own.post(session + "/close");

        assertThat(closed.text("state")).isEqualTo("closed");
        assertThat(again.json()).isEqualTo(closed.json());
        assertThat(own.post(session + "/requests", ORDER).code()).isEqualTo("session_not_open");
    }

    @Test
    void a_worker_may_close_any_session() {
        Api worker = api.as(server.token(Scope.WORKER));

        assertThat(worker.post(open(api) + "/close").text("state")).isEqualTo("closed");
    }

    @Test
    void a_session_expires() {
        String session = open(api);
        server.clock().advance(Duration.ofHours(1));

        assertThat(api.get(session).text("state")).isEqualTo("expired");
        assertThat(api.post(session + "/requests", ORDER).code()).isEqualTo("session_not_open");
        String id = session.substring(session.lastIndexOf('/') + 1);
        Waiting.until(
                () -> server.count("SELECT count(*) FROM sessions WHERE state = 'expired' AND id = '" + id + "'") == 1);
        Api worker = api.as(server.token(Scope.WORKER));
        assertThat(worker.post(session + "/close").code()).isEqualTo("session_not_open");
    }

    @Test
    void a_session_that_never_was_is_not_found() {
        for (String id : new String[] {"x", "00000000-0000-7000-8000-000000000000"}) {
            assertThat(api.get("/api/sessions/" + id).code()).isEqualTo("session_not_found");
            assertThat(api.post("/api/sessions/" + id + "/requests", ORDER).code())
                    .isEqualTo("session_not_found");
        }
    }

    @Test
    void a_poll_of_a_session_has_an_etag() {
        String session = open(api);
        String tag = api.get(session).header("ETag").orElseThrow();

        assertThat(api.with("If-None-Match", tag).get(session).status()).isEqualTo(304);
    }
}
