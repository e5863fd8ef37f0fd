package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Requests that are signed themselves (NIP-98); two servers on one database. */
class SignedRequestTest {
    private static final String ORDER = "{\"request\":{\"prompt\":\"gr\u00fc\u00df dich\"}}";
    private static final String JOBS = TestServer.ORIGIN + "/api/jobs";
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
    void a_signed_request_owns_what_it_creates_without_a_login() {
        Answer session =
                with(server, signed(TestServer.ORIGIN + "/api/sessions", "{}")).post("/api/sessions", "{}");
        String requests = "/api/sessions/" + session.text("id") + "/requests";
        Answer request =
                with(server, signed(TestServer.SECOND_ORIGIN + requests, ORDER)).post(requests, ORDER);
        Answer job = with(other, signed(JOBS, ORDER)).post("/api/jobs", ORDER);

        assertThat(List.of(session, request, job)).allSatisfy(answer -> {
            assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
            assertThat(answer.text("trust_tier")).isEqualTo("new");
        });
        assertThat(server.count("SELECT count(*) FROM jobs WHERE nostr_pubkey = '" + user.pubkey() + "'"))
                .isEqualTo(2);
    }

    @Test
    void an_empty_body_is_signed_too() {
        String url = TestServer.ORIGIN + "/api/sessions";

        assertThat(with(server, signed(url, "")).post("/api/sessions").status()).isEqualTo(201);
        assertThat(outcome(with(server, signed(url, "{}")).post("/api/sessions")))
                .isEqualTo("401payload_mismatch");
    }

    @Test
    void the_hash_of_the_body_may_be_in_hex_of_either_case() {
        String hash = Hex.encode(Sha256.of(ORDER)).toUpperCase(Locale.ROOT);
        Event event = user.signTags(
                server.clock().instant().getEpochSecond(),
                List.of(List.of("u", JOBS), List.of("method", "POST"), List.of("payload", hash)));

        assertThat(with(server, User.authorization(event))
                        .post("/api/jobs", ORDER)
                        .status())
                .isEqualTo(201);
    }

    @Test
    void an_address_that_is_served_is_one_that_can_be_signed() throws IOException {
        String order = "{\"request\":{}}";
        try (RawConnection connection = RawConnection.to(server)) {
            connection.send("POST /api/jobs? HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                    + order.length() + "\r\nAuthorization: " + signed(JOBS + "?", order) + "\r\n\r\n" + order);
            assertThat(connection.answer()).startsWith("HTTP/1.1 201 ");
        }
        assertThat(outcome(with(server, signed(JOBS, ORDER)).post("/api/jobs?x=1", ORDER)))
                .isEqualTo("401url_mismatch");
        for (String path : List.of("//api/jobs", "/api/%6Aobs", "/api/./jobs", "/api/jobs/")) {
            assertThat(outcome(with(server, signed(TestServer.ORIGIN + path, ORDER))
                            .send("POST", path, "application/json", ORDER.getBytes(StandardCharsets.UTF_8))))
                    .as(path)
                    .isEqualTo("404not_found");
        }
    }

    @Test
    void the_event_may_be_in_either_alphabet_with_padding_or_without() {
        int made = 0;
        for (Base64.Encoder encoder : List.of(
                Base64.getEncoder(),
                Base64.getEncoder().withoutPadding(),
                Base64.getUrlEncoder(),
                Base64.getUrlEncoder().withoutPadding())) {
            // Some length needs padding, and these characters tell the alphabets apart.
            for (String length : List.of("", "1", "12")) {
                String note = "\u00ff\u00ff???>>>".repeat(3) + length + "\n" + made++;
                Event event = user.signTags(
                        server.clock().instant().getEpochSecond(),
                        List.of(
                                List.of("u", JOBS),
                                List.of("method", "POST"),
                                user.signRequest(JOBS, ORDER, server.clock().instant())
                                        .tags()
                                        .get(2),
                                List.of("note", note)));
                String base64 = encoder.encodeToString(event.toJson().encode().getBytes(StandardCharsets.UTF_8));

                assertThat(with(server, "nostr  " + base64)
                                .post("/api/jobs", ORDER)
                                .status())
                        .isEqualTo(201);
            }
        }
    }

    @Test
    void an_event_is_good_for_one_request_in_the_whole_cluster() {
        String event = signed(JOBS, ORDER);
        List<CompletableFuture<List<Answer>>> sent = new ArrayList<>();
        for (TestServer at : List.of(server, other)) {
            sent.add(CompletableFuture.supplyAsync(() -> with(at, event).postAtOnce(8, "/api/jobs", () -> ORDER)));
        }
        List<Answer> answers = sent.stream().flatMap(all -> all.join().stream()).toList();

        assertThat(answers.stream().map(this::outcome).filter("201"::equals)).hasSize(1);
        assertThat(answers.stream().map(this::outcome).filter("409event_used"::equals))
                .hasSize(15);
        assertThat(outcome(with(other, event).post("/api/jobs", ORDER))).isEqualTo("409event_used");
        assertThat(server.count("SELECT count(*) FROM jobs WHERE nostr_pubkey = '" + user.pubkey() + "'"))
                .isEqualTo(1);
    }

    @Test
    void an_event_is_remembered_for_twice_the_window() {
        Event event = user.signRequest(JOBS, ORDER, server.clock().instant());

        with(server, User.authorization(event)).post("/api/jobs", ORDER);

        assertThat(server.count("SELECT extract(epoch FROM expires_at) FROM logins WHERE pubkey = '" + user.pubkey()
                        + "' AND replace(id::text, '-', '') = '" + event.id().substring(0, 32) + "'"))
                .isEqualTo(event.createdAt() + 240);
    }

    @Test
    void the_same_idempotency_key_under_a_fresh_signature_gets_the_first_answer() {
        Event first = user.signRequest(JOBS, ORDER, server.clock().instant());
        Event second = user.signRequest(JOBS, ORDER, server.clock().instant().minusSeconds(1));

        Answer made = with(server, User.authorization(first))
                .with("Idempotency-Key", "k")
                .post("/api/jobs", ORDER);
        Answer again = with(other, User.authorization(second))
                .with("Idempotency-Key", "k")
                .post("/api/jobs", ORDER);

        assertThat(again.json()).isEqualTo(made.json());
    }

    @Test
    void the_same_event_under_the_same_idempotency_key_gets_the_first_answer_and_makes_nothing() {
        String event = signed(JOBS, ORDER);
        String session = signed(TestServer.ORIGIN + "/api/sessions", "");

        Answer made = with(server, event).with("Idempotency-Key", "k").post("/api/jobs", ORDER);
        Answer again = with(other, event).with("Idempotency-Key", "k").post("/api/jobs", ORDER);
        Answer otherKey = with(other, event).with("Idempotency-Key", "l").post("/api/jobs", ORDER);
        Answer opened = with(server, session).with("Idempotency-Key", "s").post("/api/sessions");
        Answer reopened = with(other, session).with("Idempotency-Key", "s").post("/api/sessions");

        assertThat(again.status()).isEqualTo(201);
        assertThat(again.json()).isEqualTo(made.json());
        assertThat(reopened.json()).isEqualTo(opened.json());
        assertThat(outcome(otherKey)).isEqualTo("409event_used");
        assertThat(outcome(with(other, session).with("Idempotency-Key", "t").post("/api/sessions")))
                .isEqualTo("409event_used");
        assertThat(server.count("SELECT count(*) FROM jobs WHERE nostr_pubkey = '" + user.pubkey() + "'"))
                .isEqualTo(1);
    }

    @Test
    void an_event_at_once_under_one_idempotency_key_makes_one_job() {
        String event = signed(JOBS, ORDER);

        List<Answer> answers =
                with(server, event).with("Idempotency-Key", "at-once").postAtOnce(8, "/api/jobs", () -> ORDER);

        assertThat(answers.stream().map(this::outcome))
                .allSatisfy(each -> assertThat(each).isIn("201", "409event_used"));
        assertThat(answers.stream()
                        .filter(answer -> answer.status() == 201)
                        .map(answer -> answer.text("id"))
                        .distinct())
                .hasSize(1);
    }

    @Test
    void equal_requests_differ_by_a_tag_that_the_refusal_names() {
        String again = signed(TestServer.ORIGIN + "/api/sessions", "");
        with(server, again).post("/api/sessions");

        assertThat(with(server, again).post("/api/sessions").text("detail")).contains("[\"nonce\", ");
        for (int i = 0; i < 2; i++) {
            String own = user.authorize(
                    "POST", TestServer.ORIGIN + "/api/sessions", server.clock().instant());
            assertThat(with(server, own).post("/api/sessions").status()).isEqualTo(201);
        }
    }

    @Test
    void whatever_a_users_token_is_good_for_may_be_signed_instead() {
        Answer job = with(server, signed(JOBS, ORDER)).post("/api/jobs", ORDER);
        String cancel = "/api/jobs/" + job.text("id") + "/cancel";
        Answer session = with(server, authorize("POST", "/api/sessions")).post("/api/sessions");
        String close = "/api/sessions/" + session.text("id") + "/close";
        String history = "/api/trust/" + user.pubkey() + "/history";

        for (String path : List.of("/api/identity/me", "/api/identity/me/jobs?limit=3", "/api/trust/me", history)) {
            Answer read = with(other, authorize("GET", path)).get(path);
            assertThat(read.status()).as(read.toString()).isEqualTo(200);
        }
        Answer closed = with(other, authorize("POST", close)).post(close);
        assertThat(closed.text("state")).as(closed.toString()).isEqualTo("closed");
        Answer cancelled = with(other, authorize("POST", cancel)).post(cancel);
        assertThat(cancelled.text("state")).as(cancelled.toString()).isEqualTo("cancelled");
        assertThat(outcome(with(other, authorize("GET", "/api/jobs")).get("/api/jobs")))
                .isEqualTo("401invalid_token");
    }

    @Test
    void a_reading_is_signed_with_its_query_and_may_be_repeated_while_its_time_is_within_the_window() {
        String path = "/api/identity/me/jobs?limit=3";
        String event = authorize("GET", path);
        long logins = server.count("SELECT count(*) FROM logins");

        assertThat(with(server, event).get(path).status()).isEqualTo(200);
        assertThat(with(other, event).get(path).status()).isEqualTo(200);

        assertThat(server.count("SELECT count(*) FROM logins")).isEqualTo(logins + 1);
        assertThat(server.count("SELECT count(*) FROM audit_log WHERE subject = '" + user.pubkey() + "'"))
                .isZero();
        assertThat(outcome(with(server, event).get("/api/identity/me/jobs"))).isEqualTo("401url_mismatch");
        assertThat(outcome(with(server, event).get("/api/identity/me/jobs?limit=4")))
                .isEqualTo("401url_mismatch");
        assertThat(outcome(with(server, authorize("POST", path)).get(path))).isEqualTo("401method_mismatch");
        Api.of(server).as(user.logIn(Api.of(server))).post("/api/identity/logout?all=true");
        assertThat(outcome(with(server, event).get(path))).isEqualTo("401token_revoked");
        assertThat(with(server, authorize("GET", path)).get(path).status()).isEqualTo(200);
    }

    @Test
    void a_key_ends_all_its_logins_with_a_signature() {
        String token = user.logIn(Api.of(server));
        String all = "/api/identity/logout?all=true";

        assertThat(with(server, authorize("POST", all)).post(all).status()).isEqualTo(204);

        assertThat(outcome(Api.of(server).as(token).get("/api/identity/me"))).isEqualTo("401token_revoked");
        assertThat(outcome(
                        with(server, authorize("POST", "/api/identity/refresh")).post("/api/identity/refresh")))
                .isEqualTo("401invalid_token");
    }

    private String authorize(String method, String path) {
        return user.authorize(method, TestServer.ORIGIN + path, server.clock().instant());
    }

    @Test
    void a_token_beside_the_event_is_of_the_same_key_and_as_good_as_ever() {
        String token = user.logIn(Api.of(server));
        String strangers = new User().logIn(Api.of(server));
        String body = "{\"nostr_token\":\"%s\",\"request\":{}}";
        String own = body.formatted(token);

        assertThat(with(server, signed(JOBS, own)).post("/api/jobs", own).status())
                .isEqualTo(201);
        assertThat(outcome(with(server, signed(JOBS, body.formatted(strangers)))
                        .post("/api/jobs", body.formatted(strangers))))
                .isEqualTo("401conflicting_credentials");
        assertThat(outcome(with(server, signed(JOBS, body.formatted("x"))).post("/api/jobs", body.formatted("x"))))
                .isEqualTo("401invalid_token");
        assertThat(outcome(with(server, signed(JOBS, ORDER)).as(token).post("/api/jobs", ORDER)))
                .isEqualTo("401invalid_token");
        Api.of(server).as(token).post("/api/identity/logout");
        String ended = own + " ";
        assertThat(outcome(with(server, signed(JOBS, ended)).post("/api/jobs", ended)))
                .isEqualTo("401token_revoked");
    }

    @Test
    void what_ends_every_login_ends_no_later_signature_and_a_block_ends_them_all() {
        Api.of(server).as(user.logIn(Api.of(server))).post("/api/identity/logout?all=true");
        assertThat(with(server, signed(JOBS, ORDER)).post("/api/jobs", ORDER).status())
                .isEqualTo(201);
        server.execute("UPDATE nostr_identities SET blocked_at = now() WHERE pubkey = '" + user.pubkey() + "'");
        long before = server.count("SELECT count(*) FROM logins");

        String later = User.authorization(
                user.signRequest(JOBS, ORDER, server.clock().instant().minusSeconds(5)));

        assertThat(outcome(with(server, later).post("/api/jobs", ORDER))).isEqualTo("403identity_blocked");
        assertThat(server.count("SELECT count(*) FROM logins")).isEqualTo(before);
    }
}
