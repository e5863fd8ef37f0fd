package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.TestClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** New tokens of a login, for tokens that may have expired; two nodes on one database. Tokens last an hour. */
class RefreshTest {
    private static final String REFRESH = "/api/identity/refresh";
    private static final Duration TOKEN_LIFE = Duration.ofMinutes(60);
    private static final Duration LEEWAY = Duration.ofMinutes(2);
    private static TestServer server;
    private static TestServer other;
    private final User user = new User();

    @BeforeAll
    static void start() {
        server = TestServer.start();
        other = TestServer.start(Map.of(), server.database(), new TestClock());
    }

    @AfterAll
    static void stop() {
        server.close();
        other.close();
    }

    private static void pass(Duration time) {
        server.clock().advance(time);
        other.clock().advance(time);
    }

    private static void expire() {
        pass(TOKEN_LIFE.plus(LEEWAY).plusSeconds(1));
    }

    private String logIn() {
        return user.logIn(Api.of(server));
    }

    private static Answer refresh(String token) {
        return Api.of(server).as(token).post(REFRESH);
    }

    private static String refreshed(String token) {
        Answer answer = refresh(token);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return answer.text("nostr_token");
    }

    private static String outcome(Answer answer) {
        return answer.status() + answer.code();
    }

    private static String me(String token) {
        return outcome(Api.of(other).as(token).get("/api/identity/me"));
    }

    /** Has what was replaced be replaced a while ago. The grace is by the database's clock. */
    private void passGrace() {
        server.execute(
                "UPDATE logins SET renewed_at = renewed_at - interval '61 s' WHERE pubkey = '" + user.pubkey() + "'");
    }

    private long audited(String action) {
        return server.count(
                "SELECT count(*) FROM audit_log WHERE action = '" + action + "' AND subject = '" + user.pubkey() + "'");
    }

    @Test
    void an_expired_token_is_good_for_a_new_one_as_long_as_the_login_lives_and_for_nothing_else() {
        String token = logIn();
        String strangers = new User().logIn(Api.of(server));
        pass(Duration.ofDays(29));

        assertThat(me(token)).isEqualTo("401token_expired");
        assertThat(outcome(Api.of(server).as(token).post("/api/jobs", "{\"request\":{}}")))
                .isEqualTo("401token_expired");
        assertThat(outcome(Api.of(server).as(token).post("/api/identity/logout")))
                .isEqualTo("401token_expired");
        Answer answer = refresh(token);
        assertThat(answer.text("pubkey")).isEqualTo(user.pubkey());
        assertThat(me(answer.text("nostr_token"))).isEqualTo("200");

        pass(Duration.ofDays(1));
        assertThat(outcome(refresh(answer.text("nostr_token")))).isEqualTo("401token_revoked");
        assertThat(outcome(refresh(strangers))).isEqualTo("401token_revoked");
    }

    @Test
    void tabs_that_come_back_at_once_all_go_on_and_so_do_the_tokens_that_they_got() {
        String token = logIn();
        expire();

        List<CompletableFuture<List<Answer>>> sent = new ArrayList<>();
        for (TestServer at : List.of(server, other)) {
            sent.add(CompletableFuture.supplyAsync(() -> Api.of(at).as(token).postAtOnce(8, REFRESH, () -> "{}")));
        }
        List<Answer> answers = sent.stream().flatMap(all -> all.join().stream()).toList();
        assertThat(answers).allSatisfy(answer -> assertThat(outcome(answer)).isEqualTo("200"));

        expire();
        passGrace();
        assertThat(answers.stream().map(answer -> outcome(refresh(answer.text("nostr_token")))))
                .containsOnly("200");
        assertThat(audited("token_reused")).isZero();
    }

    @Test
    void a_client_that_lost_the_answer_repeats_the_request() {
        String token = logIn();
        expire();

        refreshed(token);
        String again = refreshed(token);

        assertThat(me(again)).isEqualTo("200");
    }

    @Test
    void an_expired_token_that_was_replaced_a_while_ago_is_a_copy_and_ends_the_login() {
        String token = logIn();
        expire();
        String next = refreshed(token);
        passGrace();

        Answer reused = refresh(token);

        assertThat(outcome(reused)).isEqualTo("401token_reused");
        assertThat(reused.text("detail")).contains("Log in again");
        assertThat(me(next)).isEqualTo("401token_revoked");
        assertThat(outcome(refresh(next))).isEqualTo("401token_revoked");
        assertThat(outcome(refresh(token))).isEqualTo("401token_revoked");
        assertThat(audited("token_reused")).isEqualTo(1);
        assertThat(me(logIn())).isEqualTo("200");
    }

    @Test
    void an_expired_token_that_was_replaced_twice_is_a_copy_however_short_the_time() {
        String first = logIn();
        expire();
        String second = refreshed(first);
        expire();
        String third = refreshed(second);

        assertThat(outcome(refresh(first))).isEqualTo("401token_reused");
        assertThat(outcome(refresh(third))).isEqualTo("401token_revoked");
    }

    @Test
    void a_token_that_was_replaced_refreshes_while_it_is_good_and_two_minutes_longer() {
        String first = logIn();
        String second = refreshed(refreshed(first));
        passGrace();

        String of = refreshed(first);
        pass(TOKEN_LIFE.plus(LEEWAY).minusSeconds(5));
        refreshed(first);
        pass(Duration.ofSeconds(10));

        // The newest row, whichever request wrote it.
        refreshed(of);
        refreshed(second);
        assertThat(outcome(refresh(first))).isEqualTo("401token_reused");
    }

    @Test
    void an_expired_token_of_a_login_that_ended_or_of_a_blocked_key_gets_nothing() {
        String left = logIn();
        Api.of(server).as(left).post("/api/identity/logout");
        String leftAll = logIn();
        Api.of(server).as(leftAll).post("/api/identity/logout?all=true");
        User blocked = new User();
        String held = blocked.logIn(Api.of(server));
        server.execute("UPDATE nostr_identities SET blocked_at = now() WHERE pubkey = '" + blocked.pubkey() + "'");
        expire();

        assertThat(outcome(refresh(left))).isEqualTo("401token_revoked");
        assertThat(outcome(refresh(leftAll))).isEqualTo("401token_revoked");
        assertThat(outcome(refresh(held))).isEqualTo("403identity_blocked");
        server.execute("UPDATE nostr_identities SET blocked_at = NULL WHERE pubkey = '" + blocked.pubkey() + "'");
        refreshed(held);
    }

    @Test
    void only_a_users_own_token_refreshes_and_only_as_it_was_signed() {
        String token = logIn();
        String worker = server.token(Scope.WORKER);
        String altered = token.substring(0, token.length() - 10)
                + (token.charAt(token.length() - 10) == 'A' ? 'B' : 'A')
                + token.substring(token.length() - 9);
        expire();

        assertThat(outcome(refresh(altered))).isEqualTo("401invalid_token");
        assertThat(outcome(refresh(worker))).isEqualTo("403insufficient_scope");
        assertThat(outcome(Api.of(server).post(REFRESH))).isEqualTo("401token_required");
        assertThat(outcome(Api.of(server).as(token).post(REFRESH, "{\"more\":1}")))
                .isEqualTo("400invalid_request");
        assertThat(outcome(Api.of(server).post(REFRESH, "{\"more\":1}"))).isEqualTo("401token_required");
        refreshed(token);
    }

    @Test
    void nodes_whose_clocks_are_two_minutes_apart_pass_a_login_to_and_fro() {
        try (TestServer ahead = TestServer.start(Map.of(), server.database(), new TestClock())) {
            ahead.clock()
                    .advance(Duration.between(
                            ahead.clock().instant(), server.clock().instant()));
            ahead.clock().advance(Duration.ofSeconds(119));
            String token = user.logIn(Api.of(ahead));

            for (int i = 0; i < 3; i++) {
                assertThat(me(token)).isEqualTo("200");
                token = refreshed(token);
                token = Api.of(ahead).as(token).post(REFRESH).text("nostr_token");
                pass(TOKEN_LIFE.plus(LEEWAY));
                ahead.clock().advance(TOKEN_LIFE.plus(LEEWAY));
                token = Api.of(ahead).as(refreshed(token)).post(REFRESH).text("nostr_token");
            }
            assertThat(audited("token_reused")).isZero();
        }
    }
}
