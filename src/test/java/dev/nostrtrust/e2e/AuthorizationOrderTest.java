package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every operation authenticates, then authorises, and only then looks at path, query and body. */
class AuthorizationOrderTest {
    private static final Set<String> OPEN = Set.of(
            "POST /api/identity/challenge",
            "POST /api/identity/verify",
            "GET /.well-known/jwks.json",
            "GET /api/sessions/{id}",
            "GET /api/jobs/{id}",
            "POST /api/jobs/changes",
            "GET /api/trust/policy",
            "GET /openapi.yaml");
    private static final Set<String> CREATIONS =
            Set.of("POST /api/sessions", "POST /api/jobs", "POST /api/sessions/{id}/requests");
    private static final Map<String, Set<Scope>> CLOSED = closed();

    private static TestServer server;
    private static Api api;
    private static Map<Scope, String> tokens;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server);
        tokens = new EnumMap<>(Scope.class);
        tokens.put(Scope.USER, new User().logIn(api));
        List.of(Scope.WORKER, Scope.SERVICE, Scope.OPERATOR).forEach(scope -> tokens.put(scope, server.token(scope)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Map<String, Set<Scope>> closed() {
        Map<String, Set<Scope>> closed = new TreeMap<>();
        for (String operation : List.of(
                "GET /api/identity/me",
                "DELETE /api/identity/me",
                "GET /api/identity/me/jobs",
                "GET /api/identity/me/sessions",
                "POST /api/identity/refresh",
                "POST /api/identity/logout",
                "GET /api/trust/me")) {
            closed.put(operation, EnumSet.of(Scope.USER));
        }
        for (String action : List.of("claim", "heartbeat", "output", "release", "complete", "fail")) {
            closed.put("POST /api/jobs/{id}/" + action, EnumSet.of(Scope.WORKER));
        }
        closed.put("POST /api/jobs/claim", EnumSet.of(Scope.WORKER));
        closed.put("GET /api/jobs", EnumSet.of(Scope.WORKER, Scope.OPERATOR));
        closed.put("POST /api/jobs/{id}/cancel", EnumSet.of(Scope.USER, Scope.WORKER, Scope.OPERATOR));
        closed.put("POST /api/sessions/{id}/close", EnumSet.of(Scope.USER, Scope.WORKER, Scope.OPERATOR));
        closed.put("POST /api/identity/introspect", EnumSet.of(Scope.SERVICE, Scope.OPERATOR));
        closed.put("POST /api/trust/lookup", EnumSet.of(Scope.SERVICE, Scope.OPERATOR));
        closed.put("GET /api/trust/events", EnumSet.of(Scope.SERVICE, Scope.OPERATOR));
        closed.put("GET /api/trust/{pubkey}", EnumSet.of(Scope.USER, Scope.SERVICE, Scope.OPERATOR));
        closed.put("GET /api/trust/{pubkey}/history", EnumSet.of(Scope.USER, Scope.SERVICE, Scope.OPERATOR));
        for (String action :
                List.of("/api/trust/{pubkey}/lock", "/api/trust/{pubkey}/block", "/api/trust/{pubkey}/adjust")) {
            closed.put("POST " + action, EnumSet.of(Scope.OPERATOR));
        }
        closed.put("POST /api/jobs/{id}/reverse", EnumSet.of(Scope.OPERATOR));
        for (String operation : List.of(
                "GET /api/operator/identities",
                "GET /api/operator/identities/{pubkey}",
                "POST /api/operator/identities/{pubkey}/logout",
                "POST /api/operator/identities/{pubkey}/erase",
                "POST /api/operator/identities/{pubkey}/keep",
                "POST /api/operator/logins/{id}/revoke",
                "GET /api/operator/audit",
                "GET /api/operator/credentials",
                "POST /api/operator/credentials",
                "GET /api/operator/credentials/{id}",
                "POST /api/operator/credentials/{id}/revoke")) {
            closed.put(operation, EnumSet.of(Scope.OPERATOR));
        }
        return closed;
    }

    /** An input with which nothing is right: an unknown id, parameter, media type and field, and no JSON. */
    private static Answer nonsense(Api caller, String operation, String contentType, String body) {
        String[] parts = operation.split(" ", 2);
        String path = parts[1].replace("{id}", "no-id").replace("{pubkey}", "no-key") + "?no_such_parameter=1";
        byte[] bytes = parts[0].equals("GET") ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        return caller.send(parts[0], path, contentType, bytes);
    }

    private static List<Answer> nonsense(Api caller, String operation) {
        return List.of(
                nonsense(caller, operation, "text/plain", "{"),
                nonsense(caller, operation, "application/json", "{"),
                nonsense(caller, operation, "application/json", "{\"no_such_field\":1}"));
    }

    @Test
    void the_table_names_every_operation() {
        Set<String> named = new TreeSet<>(CLOSED.keySet());
        named.addAll(OPEN);
        named.addAll(CREATIONS);

        assertThat(named).isEqualTo(Contract.operations());
    }

    @Test
    void without_a_token_nothing_else_is_said_of_an_input() {
        CLOSED.keySet().forEach(operation -> assertThat(nonsense(api, operation))
                .as(operation)
                .allMatch(answer -> (answer.status() + answer.code()).equals("401token_required")));
    }

    @Test
    void with_a_token_that_is_none_nothing_else_is_said_of_an_input() {
        Set<String> all = new TreeSet<>(CLOSED.keySet());
        all.addAll(CREATIONS);

        all.forEach(operation -> assertThat(nonsense(api.as("no.such.token"), operation))
                .as(operation)
                .allMatch(answer -> (answer.status() + answer.code()).equals("401invalid_token")));
    }

    @Test
    void with_a_token_of_another_scope_nothing_else_is_said_of_an_input() {
        Map<String, Set<Scope>> all = new TreeMap<>(CLOSED);
        // A service creates for the user whose token it puts into the body.
        CREATIONS.forEach(operation -> all.put(operation, EnumSet.of(Scope.USER, Scope.SERVICE)));

        all.forEach((operation, allowed) -> tokens.forEach((scope, token) -> {
            List<Answer> answers = nonsense(api.as(token), operation);
            if (allowed.contains(scope)) {
                assertThat(answers)
                        .as("%s as %s", operation, scope)
                        .allMatch(answer -> answer.status() >= 400
                                && answer.status() != 401
                                && !answer.code().equals("insufficient_scope"));
            } else {
                assertThat(answers)
                        .as("%s as %s", operation, scope)
                        .allMatch(answer -> (answer.status() + answer.code()).equals("403insufficient_scope"));
            }
        }));
    }

    @Test
    void what_is_refused_for_its_input_is_not_counted_as_done() {
        long before = server.rows();

        CLOSED.keySet().forEach(operation -> tokens.values().forEach(token -> nonsense(api.as(token), operation)));

        assertThat(server.rows()).isEqualTo(before);
    }
}
