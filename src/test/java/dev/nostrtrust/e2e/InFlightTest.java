package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.TestDatabases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One request holds the only permit and cannot end. */
class InFlightTest {
    private static final String BODY = "{\"request\":{}}";
    private static final String HEAD =
            "POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " + BODY.length()
                    + "\r\n\r\n";
    private static final Map<String, String> NARROW =
            Map.of("HTTP_IN_FLIGHT", "1", "DATABASE_LOCK_TIMEOUT", "30s", "DATABASE_STATEMENT_TIMEOUT", "30s");

    private static Connection lock(TestServer server) throws SQLException {
        Connection connection = TestDatabases.connect(server.database());
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute("LOCK TABLE jobs IN SHARE ROW EXCLUSIVE MODE");
        }
        return connection;
    }

    private static boolean requestWaits(TestServer server) {
        return server.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                        + " AND datname = current_database()")
                > 0;
    }

    private static String answer(RawConnection connection, String request) {
        try {
            return connection.send(request).answer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String rest(RawConnection connection) {
        try {
            return connection.rest();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String status(TestServer server, String method, String path, String headers, String body)
            throws IOException {
        try (RawConnection connection = RawConnection.to(server)) {
            String head = method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + headers
                    + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n";
            return connection.send(head + body).answer().substring("HTTP/1.1 ".length(), "HTTP/1.1 503".length());
        }
    }

    @Test
    void a_refusal_belongs_to_the_callers_trace_and_is_as_the_contract_says() throws Exception {
        try (TestServer server = TestServer.start(NARROW);
                RawConnection stuck = RawConnection.to(server);
                Connection lock = lock(server)) {
            stuck.send(HEAD + BODY);
            Waiting.until(() -> requestWaits(server));

            Answer answer = Api.of(server)
                    .with("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                    .get("/api/jobs/" + UUID.randomUUID());

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("X-Trace-Id")).contains("0af7651916cd43dd8448eb211c80319c");
            assertThat(answer.text("trace_id")).isEqualTo("0af7651916cd43dd8448eb211c80319c");
            lock.rollback();
        }
    }

    @Test
    void a_workers_report_finds_room_where_new_work_does_not() throws Exception {
        try (TestServer server = TestServer.start(NARROW);
                RawConnection stuck = RawConnection.to(server);
                Connection lock = lock(server)) {
            stuck.send(HEAD + BODY);
            Waiting.until(() -> requestWaits(server));

            String job = "/api/jobs/" + UUID.randomUUID();
            String worker = "Authorization: Bearer " + server.token(Scope.WORKER) + "\r\n";
            String user = "Authorization: Bearer " + server.token(Scope.SERVICE) + "\r\n";

            // Nobody waits for the database here: these are answered for what they
            // say. A spelling that is not served is not found.
            assertThat(status(server, "POST", job + "/fail", user, "{}")).isEqualTo("503");
            assertThat(status(server, "POST", job + "/fail", "", "{}")).isEqualTo("503");
            for (String spelling : List.of(job + "/fail", "/" + job + "/fail", job + "/fail/", job + "/%66ail")) {
                assertThat(status(server, "POST", spelling, worker, "{}"))
                        .as(spelling)
                        .isNotEqualTo("503");
                assertThat(status(server, "POST", spelling, user, "{}"))
                        .as(spelling + " with another token")
                        .isIn("503", "404");
                assertThat(status(server, "POST", spelling, "", "{}"))
                        .as(spelling + " without a token")
                        .isIn("503", "404");
            }
            lock.rollback();
        }
    }

    @Test
    void no_spelling_of_a_path_lets_new_work_in() throws Exception {
        try (TestServer server = TestServer.start(NARROW);
                RawConnection stuck = RawConnection.to(server);
                Connection lock = lock(server)) {
            stuck.send(HEAD + BODY);
            Waiting.until(() -> requestWaits(server));

            for (String path : List.of(
                    "/api/jobs/",
                    "//api/jobs",
                    "/api/%6Aobs",
                    "/api/./jobs",
                    "/api/identity/verify",
                    "//api/identity/verify",
                    "/api/identity/verify/",
                    "/api/identity/%76erify")) {
                assertThat(status(server, "POST", path, "", BODY)).as(path).isIn("503", "404");
            }
            String worker = "Authorization: Bearer " + server.token(Scope.WORKER) + "\r\n";
            for (String path : List.of("/nosuch/complete", "/x/claim", "/api/jobs/x/y/fail")) {
                assertThat(status(server, "POST", path, "", "{}")).as(path).isEqualTo("503");
                assertThat(status(server, "POST", path, worker, "{}")).as(path).isEqualTo("503");
            }
            lock.rollback();
        }
    }

    @Test
    @Tag("full")
    void a_connection_on_which_requests_are_refused_is_not_idle() throws Exception {
        Map<String, String> settings = new HashMap<>(NARROW);
        settings.put("HTTP_IDLE_TIMEOUT", "60s");
        List<RawConnection> stuck = new ArrayList<>();
        try (TestServer server = TestServer.start(settings);
                RawConnection refused = RawConnection.to(server);
                RawConnection idle = RawConnection.to(server);
                Connection lock = lock(server)) {
            String keys = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";
            refused.send(keys).answer();
            idle.send(keys).answer();
            CompletableFuture<String> cut = CompletableFuture.supplyAsync(() -> rest(idle));

            int refusals = 0;
            while (!cut.isDone()) {
                // The holder of the permit is answered or cut off in time; then another request gets it.
                if (server.inFlight() == 0) {
                    stuck.add(RawConnection.to(server).send(HEAD + BODY));
                    Waiting.until(() -> server.inFlight() == 1);
                }
                refusals += answer(refused, keys).startsWith("HTTP/1.1 503") ? 1 : 0;
                Waiting.aMoment();
            }

            assertThat(cut.join()).isEmpty();
            assertThat(refusals).isGreaterThan(stuck.size());
            assertThat(answer(refused, keys)).startsWith("HTTP/1.1 ");
            lock.rollback();
        }
        for (RawConnection connection : stuck) {
            connection.close();
        }
    }

    @Tag("full")
    @Test
    void a_client_that_leaves_gives_its_place_back() throws Exception {
        try (TestServer server = TestServer.start(NARROW);
                RawConnection another = RawConnection.to(server);
                Connection lock = lock(server)) {
            try (RawConnection stuck = RawConnection.to(server)) {
                stuck.send(HEAD + BODY);
                Waiting.until(() -> requestWaits(server));
            }

            String keys = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";
            Waiting.until(() -> answer(another, keys).startsWith("HTTP/1.1 200"));
            lock.rollback();
        }
    }
}
