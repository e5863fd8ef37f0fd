package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Bad input of every kind on every operation that takes a body: a 4xx problem with a code, and nothing is left behind.
 */
class BadInputTest {
    private static final String ID = "00000000-0000-7000-8000-000000000000";
    private static final String KEY = "a".repeat(64);
    private static final List<String> PATHS = List.of(
            "/api/identity/challenge",
            "/api/identity/verify",
            "/api/identity/refresh",
            "/api/identity/logout",
            "/api/identity/introspect",
            "/api/sessions",
            "/api/sessions/" + ID + "/requests",
            "/api/sessions/" + ID + "/close",
            "/api/jobs",
            "/api/jobs/" + ID + "/claim",
            "/api/jobs/" + ID + "/complete",
            "/api/jobs/" + ID + "/fail",
            "/api/jobs/" + ID + "/cancel",
            "/api/jobs/" + ID + "/reverse",
            "/api/trust/" + KEY + "/lock",
            "/api/trust/" + KEY + "/block",
            "/api/trust/" + KEY + "/adjust");

    private static TestServer server;
    private static Api api;
    private static Api worker;
    private static Api user;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server).as(server.token(Scope.OPERATOR));
        worker = Api.of(server).as(server.token(Scope.WORKER));
        user = Api.of(server).as(new User().logIn(Api.of(server)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** A caller that the operation is for: input is looked at after scopes. */
    private static Api caller(String path) {
        if (path.matches(".*/(claim|complete|fail)")) {
            return worker;
        }
        return path.matches(".*/(refresh|logout|sessions|requests)|/api/jobs") ? user : api;
    }

    private static void refused(String path, String contentType, byte[] body, String... codes) {
        long before = server.rows();
        Answer answer = caller(path).send("POST", path, contentType, body);

        assertThat(answer.status()).as("%s: %s", path, answer).isBetween(400, 499);
        assertThat(answer.code()).as("%s: %s", path, answer).isIn((Object[]) codes);
        assertThat(server.rows()).isEqualTo(before);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Tag("full")
    @Test
    void what_is_not_strict_json() {
        List<byte[]> bodies = new ArrayList<>(List.of(
                utf8("{"),
                utf8("{\"a\":1,\"a\":2}"),
                utf8("nonsense"),
                utf8("{\"a\":\"\\ud800\"}"),
                utf8("[".repeat(10_000)),
                utf8("{\"a\":".repeat(2_500)),
                utf8("{\"a\":1}{}"),
                "{\"a\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1),
                "{}".getBytes(StandardCharsets.UTF_16)));
        for (String path : PATHS) {
            for (byte[] body : bodies) {
                refused(path, "application/json", body, "invalid_json");
            }
        }
    }

    @Test
    void what_is_json_of_the_wrong_shape() {
        for (String path : PATHS) {
            String shape = path.endsWith("verify") ? "invalid_event_shape" : "invalid_request";
            for (String body : List.of("[]", "1", "\"x\"", "null", "true", "{\"no_such_field\":1}")) {
                refused(path, "application/json", utf8(body), shape);
            }
        }
    }

    @Test
    void what_is_of_another_type_or_too_large() {
        for (String path : PATHS) {
            refused(path, "text/plain", utf8("{}"), "unsupported_media_type");
            refused(path, "application/x-www-form-urlencoded", utf8("a=b"), "unsupported_media_type");
            refused(path, "multipart/form-data; boundary=x", utf8("--x\r\n\r\n--x--"), "unsupported_media_type");
            refused(path, "application/json; charset=utf-16", utf8("{}"), "unsupported_media_type");
            refused(path, null, utf8("{}"), "unsupported_media_type");
            String large = path.endsWith("verify") ? "invalid_json" : "body_too_large";
            refused(
                    path,
                    "application/json",
                    utf8("{\"a\":\"" + "a".repeat(path.endsWith("complete") ? 3_300_000 : 17_000) + "\"}"),
                    large);
        }
    }

    @Test
    void every_violation_of_a_body_is_named_at_once() {
        Answer order = user.post("/api/jobs", "{\"request\":7,\"nostr_token\":7,\"deadline\":\"soon\",\"x\":1}");
        Answer past = Api.of(server).post("/api/jobs", "{\"request\":{},\"deadline\":\"2020-01-01T00:00:00Z\"}");
        Answer report = worker.post("/api/jobs/" + ID + "/complete", "{\"sats_cost\":-1,\"sats_absorbed\":1.5}");
        Answer failure = worker.post("/api/jobs/" + ID + "/fail", "{\"fence\":0,\"reason\":\"mood\"}");

        assertThat(order.json().get("violations")).hasSize(4);
        assertThat(past.json().get("violations").get(0).get("field").asText()).isEqualTo("deadline");
        assertThat(report.json().get("violations")).hasSize(3);
        assertThat(failure.json().get("violations")).hasSize(2);
    }

    @Test
    void numbers_that_no_database_could_keep_are_refused() {
        for (String number : List.of("1e400", "1e999999999", "9223372036854775808", "-0", "2100000000000001", "1.0")) {
            refused(
                    "/api/jobs/" + ID + "/complete",
                    "application/json",
                    utf8("{\"fence\":1,\"sats_cost\":" + number + "}"),
                    "invalid_request");
        }
    }

    @Test
    void a_number_that_is_too_long_is_refused_for_that_reason() {
        Api anonymous = Api.of(server);
        String order = "{\"request\":{\"n\":%s}}";
        Answer longest = anonymous.post("/api/jobs", order.formatted("1".repeat(100)));
        Answer longer = anonymous.post("/api/jobs", order.formatted("1".repeat(101)));

        assertThat(longest.status()).isEqualTo(201);
        assertThat(longer.status() + longer.code()).isEqualTo("400invalid_json");
        assertThat(longer.text("detail")).contains("more than 100 characters");
    }

    @Test
    void what_a_job_asks_for_comes_back_to_the_letter() {
        String request =
                "{\"a\":1e400,\"b\":\"\\u0000\",\"c\":[[[]]],\"d\":18446744073709551617,\"e\":\"\ud83d\ude00\"}";
        Api anonymous = Api.of(server);

        Answer job = anonymous.post("/api/jobs", "{\"request\":" + request + "}");

        assertThat(anonymous.get("/api/jobs/" + job.text("id")).response().body())
                .contains("\"request\":" + request);
    }

    @Test
    void unknown_parameters_and_paths_and_methods_are_refused() {
        assertThat(api.get("/api/jobs?states=queued")
                        .json()
                        .get("violations")
                        .get(0)
                        .get("field")
                        .asText())
                .isEqualTo("query.states");
        assertThat(api.get("/api/jobs?state=queued&state=running").code()).isEqualTo("invalid_request");
        assertThat(api.get("/nowhere").code()).isEqualTo("not_found");
        Answer method = api.send("PUT", "/api/jobs", null, new byte[0]);
        assertThat(method.status() + method.code()).isEqualTo("405method_not_allowed");
        assertThat(method.header("Allow")).contains("POST, GET, HEAD");
    }

    @Test
    void a_path_of_its_own_is_not_that_of_an_id() {
        Answer changes = api.get("/api/jobs/changes");

        assertThat(changes.status() + changes.code()).isEqualTo("405method_not_allowed");
        assertThat(changes.header("Allow")).contains("POST");
    }
}
