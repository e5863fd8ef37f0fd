package dev.nostrtrust.e2e;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Actor;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.TestTokens;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/** A valid request, byte for byte, for every route that takes a permit. Each is made anew: most can be used once. */
final class Visits {
    private static final String ORDER = "{\"request\":{}}";

    private final TestServer server;
    private final Api api;
    private final Work work;
    private final Map<String, Supplier<String>> all = new LinkedHashMap<>();

    Visits(TestServer server) {
        this.server = server;
        this.api = Api.of(server);
        this.work = new Work(server);
        logins();
        signedRequests();
        jobs();
        sessions();
        trust();
        credentials();
        identities();
        audit();
        documents();
    }

    /** The makers of requests by their names. */
    Map<String, Supplier<String>> all() {
        return all;
    }

    static String request(String method, String target, String authorization, String body) {
        return method + " " + target + " HTTP/1.1\r\nHost: x\r\n"
                + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n")
                + (body.isEmpty()
                        ? ""
                        : "Content-Type: application/json\r\nContent-Length: "
                                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n")
                + "\r\n" + body;
    }

    private void logins() {
        add("challenge", () -> request("POST", "/api/identity/challenge", "", "{}"));
        add("verify", () -> request("POST", "/api/identity/verify", "", new User().proof(User.challenge(api))));
        add("erase", () -> {
            User user = new User();
            String token = user.logIn(api);
            return request("DELETE", "/api/identity/me", "Bearer " + token, user.proof(Erasing.challenge(api)));
        });
        add("me", () -> request("GET", "/api/identity/me", user(), ""));
        add("refresh", () -> request("POST", "/api/identity/refresh", user(), "{}"));
        add("logout", () -> request("POST", "/api/identity/logout", user(), "{}"));
        add("introspect", () -> {
            String token = new User().logIn(api);
            return request("POST", "/api/identity/introspect", bearer(Scope.SERVICE), "{\"token\":\"" + token + "\"}");
        });
    }

    private void signedRequests() {
        add("signed job", () -> signed(new User(), "/api/jobs", ORDER));
        add("signed session", () -> signed(new User(), "/api/sessions", "{}"));
        add("signed request of a session", () -> {
            User user = new User();
            String session = api.as(user.logIn(api)).post("/api/sessions").text("id");
            return signed(user, "/api/sessions/" + session + "/requests", ORDER);
        });
        add("signed job with a token in its body", () -> {
            User user = new User();
            return signed(user, "/api/jobs", "{\"request\":{},\"nostr_token\":\"" + user.logIn(api) + "\"}");
        });
    }

    private void jobs() {
        add("job", () -> request("POST", "/api/jobs", "", ORDER));
        add("job of a user", () -> request("POST", "/api/jobs", user(), ORDER));
        add("poll", () -> request("GET", "/api/jobs/" + work.order(api), "", ""));
        add("poll that waits", () -> request("GET", "/api/jobs/" + work.order(api) + "?wait=55", "", ""));
        add(
                "changes that are waited for",
                () -> request(
                        "POST",
                        "/api/jobs/changes?wait=55",
                        "",
                        "{\"jobs\":{\"" + work.order(api) + "\":\"queued\"}}"));
        add("stream", () -> request("GET", "/api/jobs/" + work.order(api), "", "")
                .replace("Host: x\r\n", "Host: x\r\nAccept: text/event-stream\r\n"));
        add("jobs", () -> request("GET", "/api/jobs", bearer(Scope.WORKER), ""));
        add("own jobs", () -> request("GET", "/api/identity/me/jobs", user(), ""));
        add("claim", () -> request("POST", "/api/jobs/" + work.order(api) + "/claim", bearer(Scope.WORKER), "{}"));
        add("claim of the next job", () -> {
            work.order(api);
            return request("POST", "/api/jobs/claim", bearer(Scope.WORKER), "{}");
        });
        add(
                "claim that waits",
                () -> request("POST", "/api/jobs/claim", bearer(Scope.WORKER), "{\"queues\":[\"none\"],\"wait\":30}"));
        add("heartbeat", () -> report("heartbeat", ",\"progress\":{\"percent\":1}"));
        add("output", () -> report("output", ",\"seq\":1,\"text\":\"a\""));
        add("release", () -> report("release", ""));
        add("complete", () -> report("complete", ",\"sats_cost\":1"));
        add("fail", () -> report("fail", ",\"reason\":\"worker_error\""));
        add("cancel", () -> {
            String token = new User().logIn(api);
            return request("POST", "/api/jobs/" + work.order(api.as(token)) + "/cancel", "Bearer " + token, "{}");
        });
    }

    private void sessions() {
        add("session", () -> request("POST", "/api/sessions", user(), "{}"));
        add("session that is waited for", () -> {
            String session = api.post("/api/sessions").text("id");
            return request("GET", "/api/sessions/" + session + "?wait=55", "", "");
        });
        add("own sessions", () -> request("GET", "/api/identity/me/sessions", user(), ""));
        add("close", () -> {
            String token = new User().logIn(api);
            String session = api.as(token).post("/api/sessions").text("id");
            return request("POST", "/api/sessions/" + session + "/close", "Bearer " + token, "{}");
        });
    }

    private void trust() {
        add("own trust", () -> request("GET", "/api/trust/me", user(), ""));
        add("policy", () -> request("GET", "/api/trust/policy", "", ""));
        add("trust", () -> request("GET", "/api/trust/" + known(), bearer(Scope.SERVICE), ""));
        add(
                "lookup",
                () -> request(
                        "POST", "/api/trust/lookup", bearer(Scope.SERVICE), "{\"pubkeys\":[\"" + known() + "\"]}"));
        add("history", () -> request("GET", "/api/trust/" + known() + "/history", bearer(Scope.SERVICE), ""));
        add("ledger", () -> request("GET", "/api/trust/events", bearer(Scope.SERVICE), ""));
        add(
                "ledger that is waited for",
                () -> request("GET", "/api/trust/events?wait=55&after=" + Long.MAX_VALUE, bearer(Scope.SERVICE), ""));
        add("stream of the ledger", () -> request("GET", "/api/trust/events", bearer(Scope.SERVICE), "")
                .replace("Host: x\r\n", "Host: x\r\nAccept: text/event-stream\r\n"));
        add("lock", () -> operator("lock", "{\"tier\":\"trusted\"}"));
        add("block", () -> operator("block", "{}"));
        add("adjust", () -> operator("adjust", "{\"sats\":1}"));
        add("reverse", () -> {
            String job = work.order(api.as(new User().logIn(api)));
            work.complete(job, work.claim(job), 1);
            return request("POST", "/api/jobs/" + job + "/reverse", bearer(Scope.OPERATOR), "{}");
        });
    }

    private void credentials() {
        String path = "/api/operator/credentials";
        add("mint", () -> request("POST", path, bearer(Scope.OPERATOR), "{\"name\":\"x\",\"scope\":\"worker\"}"));
        add("list credentials", () -> request("GET", path, bearer(Scope.OPERATOR), ""));
        add("show credential", () -> request("GET", path + "/" + credential(), bearer(Scope.OPERATOR), ""));
        add("revoke", () -> request("POST", path + "/" + credential() + "/revoke", bearer(Scope.OPERATOR), "{}"));
    }

    private void identities() {
        String path = "/api/operator/identities";
        add("list identities", () -> request("GET", path, bearer(Scope.OPERATOR), ""));
        add("show identity", () -> request("GET", path + "/" + seen(), bearer(Scope.OPERATOR), ""));
        for (String action : List.of("logout", "erase", "keep")) {
            add(
                    action + " of identity",
                    () -> request("POST", path + "/" + seen() + "/" + action, bearer(Scope.OPERATOR), "{}"));
        }
        add("revoke login", () -> {
            String token = new User().logIn(api);
            String login = TestTokens.of(token).text("sid");
            return request("POST", "/api/operator/logins/" + login + "/revoke", bearer(Scope.OPERATOR), "{}");
        });
    }

    private void audit() {
        add("audit", () -> request("GET", "/api/operator/audit", bearer(Scope.OPERATOR), ""));
    }

    private String seen() {
        User user = new User();
        user.logIn(api);
        return user.pubkey();
    }

    private UUID credential() {
        return TestServer.await(
                        server.credentials().mint(Scope.WORKER, "x", Duration.ofDays(1), new Actor("test", null)))
                .credential()
                .id();
    }

    private void documents() {
        add("keys", () -> request("GET", "/.well-known/jwks.json", "", ""));
        add("contract", () -> request("GET", "/openapi.yaml", "", ""));
        add("page", () -> request("GET", "/", "", ""));
    }

    private void add(String name, Supplier<String> request) {
        all.put(name, request);
    }

    private String user() {
        return "Bearer " + new User().logIn(api);
    }

    private String bearer(Scope scope) {
        return "Bearer " + server.token(scope);
    }

    private String signed(User user, String path, String body) {
        Event event = user.signTags(
                server.clock().instant().getEpochSecond(),
                List.of(
                        List.of("u", TestServer.ORIGIN + path),
                        List.of("method", "POST"),
                        List.of("payload", Hex.encode(Sha256.of(body)))));
        return request("POST", path, User.authorization(event), body);
    }

    private String report(String what, String fields) {
        String job = work.order(api);
        return request(
                "POST",
                "/api/jobs/" + job + "/" + what,
                bearer(Scope.WORKER),
                "{\"fence\":" + work.claim(job) + fields + "}");
    }

    private String operator(String what, String body) {
        return request("POST", "/api/trust/" + known() + "/" + what, bearer(Scope.OPERATOR), body);
    }

    /** The key of a known identity. */
    private String known() {
        User user = new User();
        user.logIn(api);
        return user.pubkey();
    }
}
