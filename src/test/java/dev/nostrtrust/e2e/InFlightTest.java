package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.TestDatabases;
import dev.nostrtrust.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** One request is in the works and cannot end, where there is room for one. */
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

    private static boolean somebodyWaits(TestServer server) {
        return server.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                        + " AND datname = current_database()")
                > 0;
    }

    private static void assertRefused(String answer) {
        assertThat(answer).startsWith("HTTP/1.1 503 Service Unavailable\r\n");
        assertThat(answer).contains("application/problem+json", "\"code\":\"overloaded\"", "X-Trace-Id: ", "no-store");
        assertThat(answer).contains("Retry-After: 1\r\n").doesNotContain("Connection: close");
    }

    @Test
    void what_finds_no_room_is_refused_at_once_and_may_come_again_on_the_same_connection() throws Exception {
        try (TestServer server = TestServer.start(NARROW);
                RawConnection stuck = RawConnection.to(server);
                RawConnection another = RawConnection.to(server);
                RawConnection inTwo = RawConnection.to(server)) {
            try (Connection lock = lock(server)) {
                stuck.send(HEAD + BODY);
                Waiting.until(() -> somebodyWaits(server));

                assertRefused(another.send(HEAD + BODY).answer());
                assertRefused(inTwo.send(HEAD).send(BODY).answer());
                assertThat(stuck.isAnswered()).isFalse();
                lock.rollback();
            }
            assertThat(stuck.answer()).startsWith("HTTP/1.1 201");
            assertThat(another.send(HEAD + BODY).answer()).startsWith("HTTP/1.1 201");
            assertThat(inTwo.send(HEAD + BODY).answer()).startsWith("HTTP/1.1 201");
        }
    }

    @Test
    void a_refusal_belongs_to_the_callers_trace_and_is_as_the_contract_says() throws Exception {
        try (TestServer server = TestServer.start(NARROW);
                RawConnection stuck = RawConnection.to(server);
                Connection lock = lock(server)) {
            stuck.send(HEAD + BODY);
            Waiting.until(() -> somebodyWaits(server));

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
            Waiting.until(() -> somebodyWaits(server));

            Answer report = Api.of(server).post("/api/jobs/" + UUID.randomUUID() + "/complete", "{\"fence\":1}");

            assertThat(report.status()).isNotEqualTo(503);
            lock.rollback();
        }
    }

    @Test
    void a_client_that_leaves_gives_its_place_back() throws Exception {
        try (TestServer server = TestServer.start(NARROW);
                RawConnection another = RawConnection.to(server);
                Connection lock = lock(server)) {
            try (RawConnection stuck = RawConnection.to(server)) {
                stuck.send(HEAD + BODY);
                Waiting.until(() -> somebodyWaits(server));
            }

            String keys = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";
            Waiting.until(() -> {
                try {
                    return another.send(keys).answer().startsWith("HTTP/1.1 200");
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            lock.rollback();
        }
    }
}
