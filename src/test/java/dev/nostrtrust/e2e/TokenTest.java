package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.TestTokens;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TokenTest {
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

    private static void refused(String token) {
        refused("invalid_token", token);
    }

    private static void refused(String code, String token) {
        long before = server.count("SELECT count(*) FROM jobs");
        Answer me = api.as(token).get("/api/identity/me");
        Answer job = api.post("/api/jobs", "{\"request\":{},\"nostr_token\":\"" + token + "\"}");

        assertThat(me.status() + me.code()).isEqualTo("401" + code);
        assertThat(me.header("WWW-Authenticate").orElse("")).startsWith("Bearer error=\"invalid_token\"");
        assertThat(job.status() + job.code()).isEqualTo("401" + code);
        assertThat(server.count("SELECT count(*) FROM jobs")).isEqualTo(before);
    }

    @Test
    void a_token_altered_by_one_character_is_refused() {
        String token = new User().logIn(api);

        for (int i = 0; i < token.length(); i++) {
            char other = token.charAt(i) == 'A' ? 'B' : 'A';
            String altered = token.substring(0, i) + other + token.substring(i + 1);
            assertThat(api.as(altered).get("/api/identity/me").code())
                    .as("at %s", i)
                    .isEqualTo("invalid_token");
        }
        refused(token + "A");
        refused(token + "=");
        refused(token.substring(0, token.length() - 1));
        refused(token.substring(0, token.lastIndexOf('.') + 1));
        assertThat(api.as(token).get("/api/identity/me").status()).isEqualTo(200);
    }

    @Test
    void tokens_that_are_not_as_ours_are_refused() {
        TestTokens tokens = TestTokens.of(new User().logIn(api));

        assertThat(api.as(tokens.signed()).get("/api/identity/me").status())
                .as("signed again, nothing changed")
                .isEqualTo(200);
        refused(tokens.header("alg", "none").unsigned());
        refused(tokens.header("alg", "HS512").signed());
        refused(tokens.header("alg", "ES256").signed());
        refused(tokens.header("kid", "other").signed());
        refused(tokens.header("crit", "b64").signed());
        refused(tokens.signedWith(TestServer.key(9)));
        for (String claim : new String[] {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "token_use"}) {
            refused(tokens.without(claim).signed());
        }
        refused(tokens.claim("iss", "stranger").signed());
        refused(tokens.claim("aud", "stranger").signed());
        refused(tokens.claim("token_use", "access").signed());
        refused(tokens.claim("sub", "nobody").signed());
        refused(tokens.claim("sid", "nothing").signed());
        refused("token_not_yet_valid", tokens.claim("nbf", 4_000_000_000L).signed());
        refused("token_not_yet_valid", tokens.claim("iat", 4_000_000_000L).signed());
        refused(tokens.claim("exp", "soon").signed());
        refused("token_expired", tokens.claim("exp", 1_700_000_000L).signed());
        refused(
                "token_revoked",
                tokens.claim("sid", "00000000-0000-7000-8000-000000000000").signed());
    }

    @Test
    void a_token_expires_and_a_refresh_in_time_gives_a_new_one_up_to_the_logins_end() {
        try (TestServer short_ = TestServer.start(Map.of("TOKEN_TTL", "1h", "LOGIN_TTL", "90m"))) {
            Api there = Api.of(short_);
            String first = new User().logIn(there);

            short_.clock().advance(Duration.ofMinutes(59));
            Answer second = there.as(first).post("/api/identity/refresh");
            short_.clock().advance(Duration.ofMinutes(2));
            Answer expired = there.as(first).get("/api/identity/me");
            Answer alive = there.as(second.text("nostr_token")).get("/api/identity/me");
            short_.clock().advance(Duration.ofMinutes(29));
            Answer over = there.as(second.text("nostr_token")).get("/api/identity/me");

            assertThat(expired.code()).isEqualTo("token_expired");
            assertThat(alive.status()).isEqualTo(200);
            assertThat(over.status()).isEqualTo(401);
        }
    }

    @Test
    void logout_ends_one_login_and_logout_of_all_ends_every_login() {
        User user = new User();
        String first = user.logIn(api);
        String second = user.logIn(api);
        String third = user.logIn(api);

        assertThat(api.as(first).post("/api/identity/logout").status()).isEqualTo(204);
        refused("token_revoked", first);
        assertThat(api.as(first).post("/api/identity/logout").code()).isEqualTo("token_revoked");
        assertThat(api.as(second).get("/api/identity/me").status()).isEqualTo(200);
        assertThat(api.as(second).post("/api/identity/logout?all=true").status())
                .isEqualTo(204);
        refused("token_revoked", second);
        refused("token_revoked", third);
        assertThat(api.as(user.logIn(api)).get("/api/identity/me").status()).isEqualTo(200);
        assertThat(server.count(
                        "SELECT count(*) FROM audit_log WHERE action IN ('logout', 'logout_all') AND subject = '"
                                + user.pubkey() + "'"))
                .isEqualTo(2);
    }

    @Test
    void a_login_after_a_logout_of_all_is_alive_although_the_databases_clock_was_set_back() {
        User user = new User();
        user.logIn(api);
        server.execute("UPDATE nostr_identities SET tokens_valid_after = now() + interval '30 s' WHERE pubkey = '"
                + user.pubkey() + "'");

        assertThat(api.as(user.logIn(api)).get("/api/identity/me").status()).isEqualTo(200);
    }

    @Test
    void a_token_comes_in_one_header_whose_scheme_is_in_any_case() {
        String token = new User().logIn(api);

        for (String scheme : new String[] {"Bearer ", "bearer ", "BEARER ", "Bearer   "}) {
            assertThat(me(api.with("Authorization", scheme + token))).as(scheme).isEqualTo("200");
        }
        for (String header :
                new String[] {token, "Bearer", "Bearer" + token, "Basic " + token, "Bearer " + token + " x"}) {
            assertThat(me(api.with("Authorization", header))).as(header).isEqualTo("401invalid_token");
        }
        assertThat(me(api.as(token).with("Authorization", "Bearer " + token))).isEqualTo("401invalid_token");
        assertThat(me(api.as(token).with("Authorization", "Nostr e30="))).isEqualTo("401invalid_token");
        assertThat(me(api)).isEqualTo("401token_required");
    }

    private static String me(Api as) {
        Answer answer = as.get("/api/identity/me");
        return answer.status() + answer.code();
    }

    @Test
    void a_revoked_login_refreshes_no_token() {
        String token = new User().logIn(api);
        api.as(token).post("/api/identity/logout");

        assertThat(api.as(token).post("/api/identity/refresh").code()).isEqualTo("token_revoked");
    }

    @Test
    void a_blocked_identity_creates_nothing_and_its_refusals_are_counted_and_audited_once_an_hour() {
        // Half past some hour.
        Instant now = server.clock().instant();
        server.clock()
                .advance(Duration.between(now, now.truncatedTo(ChronoUnit.HOURS).plus(Duration.ofMinutes(90))));
        User user = new User();
        String token = user.logIn(api);
        server.execute("UPDATE nostr_identities SET blocked_at = now() WHERE pubkey = '" + user.pubkey() + "'");

        Answer job = api.as(token).post("/api/jobs", "{\"request\":{}}");
        Answer session = api.as(token).post("/api/sessions", "{}");

        assertThat(job.status() + job.code()).isEqualTo("403identity_blocked");
        assertThat(session.code()).isEqualTo("identity_blocked");
        long more = api.as(token).postAtOnce(30, "/api/jobs", () -> "{\"request\":{}}").stream()
                .filter(answer -> answer.code().equals("identity_blocked"))
                .count();
        api.as(token).post("/api/identity/refresh");
        String audited =
                "SELECT count(*) FROM audit_log WHERE action = 'refused_blocked' AND subject = '" + user.pubkey() + "'";
        assertThat(server.count(audited)).isEqualTo(1);
        assertThat(server.count("SELECT sum(count) FROM refusal_counts WHERE action = 'refused_blocked' AND pubkey = '"
                        + user.pubkey() + "'"))
                .isEqualTo(3 + more);
        server.clock().advance(Duration.ofMinutes(40));
        api.as(token).post("/api/identity/refresh");
        api.as(token).post("/api/identity/refresh");
        assertThat(server.count(audited)).isEqualTo(2);
        assertThat(server.count("SELECT count(*) FROM jobs WHERE nostr_pubkey = '" + user.pubkey() + "'"))
                .isZero();
        assertThat(api.as(token).post("/api/identity/logout").status()).isEqualTo(204);
    }

    @Test
    void introspection_serves_services() {
        Api service = api.as(server.token(Scope.SERVICE));
        User user = new User();
        String token = user.logIn(api);

        Answer active = service.post("/api/identity/introspect", "{\"token\":\"" + token + "\"}");
        Answer worker = service.post("/api/identity/introspect", "{\"token\":\"" + server.token(Scope.WORKER) + "\"}");
        Answer nonsense = service.post("/api/identity/introspect", "{\"token\":\"x\"}");
        api.as(token).post("/api/identity/logout");
        Answer revoked = service.post("/api/identity/introspect", "{\"token\":\"" + token + "\"}");

        assertThat(active.json().get("active").asBoolean()).isTrue();
        assertThat(active.text("sub")).isEqualTo(user.pubkey());
        assertThat(worker.text("token_use")).isEqualTo("worker");
        assertThat(nonsense.json().toString()).isEqualTo("{\"active\":false}");
        assertThat(revoked.json().toString()).isEqualTo("{\"active\":false}");
        assertThat(api.as("x")
                        .post("/api/identity/introspect", "{\"token\":\"" + token + "\"}")
                        .code())
                .isEqualTo("invalid_token");
    }
}
