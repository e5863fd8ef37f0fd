package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two servers on one database; the first request with a key cannot end until the test lets it. */
class IdempotencyInFlightTest {
    private static final String ORDER = "{\"request\":{\"prompt\":\"hello\"}}";
    // Without pipelining, nothing waits on a connection behind the statement that is held up.
    private static final Map<String, String> PATIENT = Map.of(
            "DATABASE_LOCK_TIMEOUT", "30s",
            "DATABASE_STATEMENT_TIMEOUT", "30s",
            "DATABASE_PIPELINING", "1",
            "HTTP_REQUEST_TIMEOUT", "30s");
    private static TestServer one;
    private static TestServer two;

    @BeforeAll
    static void start() {
        one = TestServer.start(PATIENT);
        two = TestServer.start(PATIENT, one.database(), new TestClock());
    }

    @AfterAll
    static void stop() {
        one.close();
        two.close();
    }

    private static Api keyed(TestServer server, String token, String key) {
        return Api.of(server).as(token).with("Idempotency-Key", key);
    }

    private static Connection holding(String statement) throws SQLException {
        Connection connection = TestDatabases.connect(one.database());
        connection.setAutoCommit(false);
        connection.createStatement().execute(statement);
        return connection;
    }

    private static void awaitLockWaiter() {
        Waiting.until(() -> one.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                        + " AND datname = current_database()")
                > 0);
    }

    private static void assertInFlight(Answer answer) {
        assertThat(answer.status() + answer.code()).as(answer.toString()).isEqualTo("409idempotency_in_flight");
        assertThat(answer.header("Retry-After")).contains("1");
    }

    @Test
    void a_repeated_request_of_a_session_is_in_flight_until_the_first_has_ended() throws Exception {
        String token = new User().logIn(Api.of(one));
        String session = Api.of(one).as(token).post("/api/sessions", "{}").text("id");
        String path = "/api/sessions/" + session + "/requests";

        try (Connection lock = holding("SELECT FROM sessions WHERE id = '" + session + "' FOR UPDATE")) {
            CompletableFuture<Answer> first = CompletableFuture.supplyAsync(
                    () -> keyed(one, token, "once").post(path, ORDER));
            awaitLockWaiter();

            assertInFlight(keyed(two, token, "once").post(path, ORDER));
            assertInFlight(keyed(one, token, "once").post(path, ORDER));
            assertInFlight(keyed(two, token, "once").post(path, ORDER.replace("hello", "bye")));
            assertThat(keyed(two, token, "other").post("/api/jobs", ORDER).status())
                    .isEqualTo(201);
            lock.rollback();

            assertThat(first.join().status()).isEqualTo(201);
            assertThat(keyed(two, token, "once").post(path, ORDER).json())
                    .isEqualTo(first.join().json());
        }
    }

    @Test
    void a_repeated_opening_is_in_flight_until_the_first_has_ended() throws Exception {
        User user = new User();
        String token = user.logIn(Api.of(one));
        String key = UUID.randomUUID().toString();
        String rival = "INSERT INTO sessions (id, state, created_at, expires_at, idempotency_scope, idempotency_key)"
                + " VALUES (gen_random_uuid(), 'open', now(), now(), '" + user.pubkey() + "', '" + key + "')";

        try (Connection lock = holding(rival)) {
            CompletableFuture<Answer> first =
                    CompletableFuture.supplyAsync(() -> keyed(one, token, key).post("/api/sessions", "{}"));
            awaitLockWaiter();

            assertInFlight(keyed(two, token, key).post("/api/sessions", "{}"));
            lock.rollback();

            assertThat(first.join().status()).isEqualTo(201);
            assertThat(keyed(two, token, key).post("/api/sessions", "{}").text("id"))
                    .isEqualTo(first.join().text("id"));
        }
    }

    @Test
    void of_many_orders_with_one_key_on_two_servers_at_once_one_is_made() {
        User user = new User();
        String token = user.logIn(Api.of(one));

        for (int round = 0; round < 10; round++) {
            String key = "round-" + round;
            List<CompletableFuture<List<Answer>>> sent = new ArrayList<>();
            for (TestServer server : List.of(one, two)) {
                sent.add(CompletableFuture.supplyAsync(
                        () -> keyed(server, token, key).postAtOnce(16, "/api/jobs", () -> ORDER)));
            }
            List<Answer> answers =
                    sent.stream().flatMap(all -> all.join().stream()).toList();

            assertThat(answers).allSatisfy(answer -> assertThat(answer.status() + answer.code())
                    .isIn("201", "409idempotency_in_flight"));
            Set<String> made = answers.stream()
                    .filter(answer -> answer.status() == 201)
                    .map(answer -> answer.text("id"))
                    .collect(Collectors.toSet());
            assertThat(made).hasSize(1);
        }
        assertThat(one.count("SELECT count(*) FROM jobs WHERE nostr_pubkey = '" + user.pubkey() + "'"))
                .isEqualTo(10);
    }
}
