package dev.nostrtrust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.fixture.Tool;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example of a consumer of the ledger feed in Python, as a process of its own. */
@Tag("full")
@Requires(Tool.PYTHON)
class FeedPythonTest {
    private static final int ENDED_BY_REFUSAL = 2;

    private final User user = new User();

    @TempDir
    private Path directory;

    private ExampleProgram example;
    private String state;

    @BeforeEach
    void find_the_example() {
        example = new ExampleProgram("python3", "feed-python/feed.py", directory);
        state = directory.resolve("state.json").toString();
    }

    @Test
    void it_prints_each_change_of_an_effective_tier() throws Exception {
        try (TestServer server = TestServer.start()) {
            user.logIn(Api.of(server));
            Process feed = example.start(settings(server), state, address(server.port()));

            operate(server, "adjust", "{\"sats\":30000}");
            operate(server, "lock", "{\"tier\":\"established\"}");
            operate(server, "adjust", "{\"sats\":5}");
            operate(server, "block", "{}");
            operate(server, "block", "{\"blocked\":false}");
            operate(server, "lock", "{\"tier\":null}");
            Waiting.until(() -> example.lines().size() >= 5);
            feed.destroy();

            assertThat(feed.waitFor()).isZero();
            assertThat(example.lines())
                    .allSatisfy(line -> assertThat(line.getString("pubkey")).isEqualTo(user.pubkey()))
                    .extracting(FeedPythonTest::change)
                    .containsExactly(
                            "1 adjustment: null to trusted",
                            "2 lock: trusted to established",
                            "4 block: established to established, blocked",
                            "5 unblock: established to established",
                            "6 unlock: established to trusted");
            assertThat(example.errors()).isEmpty();
        }
    }

    @Test
    void it_continues_where_it_was_ended_and_after_a_restart_of_the_server() throws Exception {
        Map<String, String> fixed = Map.of("HTTP_PORT", Integer.toString(FreePorts.next()));
        DatabaseAddress database = TestDatabases.fresh();
        TestClock clock = new TestClock();
        Process feed;
        try (TestServer server = TestServer.start(fixed, database, clock)) {
            user.logIn(Api.of(server));
            lockAlternately(server, 0, 2);
            feed = example.start(settings(server), state, address(server.port()));
            Waiting.until(() -> example.lines().size() == 2);
            Waiting.until(() -> nextAfter() == 2);
            feed.destroy();
            assertThat(feed.waitFor()).isZero();

            lockAlternately(server, 2, 4);
            feed = example.start(settings(server), state, address(server.port()));
            Waiting.until(() -> example.lines().size() == 4);
        }
        Waiting.until(() -> example.errors().contains("trying again"));
        try (TestServer server = TestServer.start(fixed, database, clock)) {
            lockAlternately(server, 4, 6);
            Waiting.until(() -> example.lines().size() >= 6);
            feed.destroy();
            assertThat(feed.waitFor()).isZero();
        }

        assertThat(example.lines()).extracting(line -> line.getInteger("seq")).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void it_begins_after_the_position_in_its_file() throws Exception {
        try (TestServer server = TestServer.start()) {
            user.logIn(Api.of(server));
            lockAlternately(server, 0, 4);
            Files.writeString(Path.of(state), "{\"next_after\":2,\"tiers\":{}}");

            Process feed = example.start(settings(server), state, address(server.port()));
            Waiting.until(() -> nextAfter() == 4);
            feed.destroy();
            feed.waitFor();

            assertThat(example.lines())
                    .extracting(line -> line.getInteger("seq"))
                    .containsExactly(3, 4);
        }
    }

    @Test
    void a_feed_that_is_killed_again_and_again_misses_no_entry() throws Exception {
        int entries = 90;
        int kills = 6;
        try (TestServer server = TestServer.start()) {
            user.logIn(Api.of(server));
            Map<String, String> settings = settings(server, Map.of("FEED_LIMIT", "4"));
            for (int kill = 0; kill < kills; kill++) {
                int before = example.lines().size();
                lockAlternately(server, kill * entries / kills, (kill + 1) * entries / kills);
                Process feed = example.start(settings, state, address(server.port()));
                int some = before + 1 + User.RANDOM.nextInt(8);
                Waiting.until(() -> example.lines().size() >= some);
                feed.destroyForcibly().waitFor();
            }
            Process last = example.start(settings, state, address(server.port()));
            Waiting.until(() -> nextAfter() == entries);
            last.destroy();
            last.waitFor();
        }

        List<Long> seqs =
                example.lines().stream().map(line -> line.getLong("seq")).toList();
        List<Long> first = new ArrayList<>();
        for (long seq : seqs) {
            if (first.isEmpty() || seq > first.get(first.size() - 1)) {
                first.add(seq);
            }
        }
        assertThat(first).isEqualTo(LongStream.rangeClosed(1, entries).boxed().toList());
        // At most one page, of four entries, comes again after each kill.
        assertThat(seqs).hasSizeLessThanOrEqualTo(entries + 4 * kills);
    }

    @Test
    void a_page_is_stored_after_it_was_handled() throws Exception {
        int entries = 450;
        try (TestServer server = TestServer.start(Map.of("SCORING_INTERVAL", "100ms"))) {
            user.logIn(Api.of(server));
            server.execute("INSERT INTO trust_ledger (source, source_id, pubkey, kind, locked_tier, sats,"
                    + " sats_absorbed, occurred_at) SELECT 'operator', g::text, '" + user.pubkey() + "', 'lock',"
                    + " CASE g % 2 WHEN 0 THEN 'elite' ELSE 'trusted' END, 0, 0, now()"
                    + " FROM generate_series(1, " + entries + ") g");
            Waiting.until(() -> server.count("SELECT seq FROM trust_head") == entries);

            // The lines of the page are more than a pipe holds, so the process is within the page until all are read.
            Process feed = example.open(settings(server), state, address(server.port()));
            assertThat(feed.inputReader().readLine()).contains("\"seq\": 1}");
            feed.destroyForcibly().waitFor();
            assertThat(nextAfter()).isZero();

            feed = example.start(settings(server), state, address(server.port()));
            Waiting.until(() -> nextAfter() == entries);
            feed.destroy();
            feed.waitFor();
            assertThat(example.lines()).hasSize(entries);
        }
    }

    @Test
    void it_asks_the_next_server_when_one_does_not_answer() throws Exception {
        try (TestServer server = TestServer.start()) {
            user.logIn(Api.of(server));
            lockAlternately(server, 0, 1);

            Process feed = example.start(settings(server), state, address(FreePorts.next()), address(server.port()));
            Waiting.until(() -> example.lines().size() == 1);
            feed.destroy();

            assertThat(feed.waitFor()).isZero();
            assertThat(example.errors()).contains("trying again in 0.0 s");
        }
    }

    @Test
    void it_looks_up_a_tier_whose_time_has_passed() throws Exception {
        try (TestServer server = TestServer.start()) {
            user.logIn(Api.of(server));
            operate(server, "adjust", "{\"sats\":30000}");
            Process feed = example.start(settings(server), state, address(server.port()));
            Waiting.until(() -> nextAfter() == 1);
            feed.destroy();
            feed.waitFor();

            Instant until = Instant.parse(example.lines().get(0).getString("tier_until"));
            server.clock().advance(Duration.between(server.clock().instant(), until.minusSeconds(2)));
            feed = example.start(settings(server), state, address(server.port()));
            Waiting.until(() -> example.lines().size() == 2);
            feed.destroy();
            feed.waitFor();

            JsonObject decay = example.lines().get(1);
            assertThat(decay.getString("before")).isEqualTo("trusted");
            assertThat(decay.getString("tier")).isEqualTo("established");
            assertThat(decay.getString("cause")).isEqualTo("lookup");
            assertThat(Instant.parse(decay.getString("tier_until"))).isAfter(until);
        }
    }

    @Test
    void a_refused_token_ends_it_with_one_line_and_exit_code_2() throws Exception {
        try (TestServer server = TestServer.start()) {
            for (String token : List.of("wrong", server.token(Scope.WORKER))) {
                ExampleProgram.Outcome outcome =
                        example.run(Map.of("SERVICE_TOKEN", token), state, address(server.port()));

                assertThat(outcome.status()).isEqualTo(ENDED_BY_REFUSAL);
                assertThat(outcome.errors().lines()).singleElement().asString().contains("refuses the token");
            }
        }
    }

    @Test
    void a_missing_argument_or_token_ends_it_with_one_line_and_exit_code_2() throws Exception {
        Map<String, String> token = Map.of("SERVICE_TOKEN", "any");
        Files.writeString(directory.resolve("broken"), "{\"next_after\":");
        for (ExampleProgram.Outcome outcome : List.of(
                example.run(token),
                example.run(token, state),
                example.run(token, state, "localhost:8080"),
                example.run(Map.of(), state, "http://localhost:8080"),
                example.run(Map.of("SERVICE_TOKEN", "\u001b[0many"), state, "http://localhost:8080"),
                example.run(token, directory.resolve("broken").toString(), "http://localhost:8080"))) {
            assertThat(outcome.status()).isEqualTo(ENDED_BY_REFUSAL);
            assertThat(outcome.errors().lines()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void it_waits_as_long_as_the_server_asks_for(int status) throws Exception {
        HttpServer busy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        busy.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "540");
            exchange.sendResponseHeaders(status, -1);
        });
        busy.start();
        try {
            Process feed = example.start(
                    Map.of("SERVICE_TOKEN", "any"),
                    state,
                    address(busy.getAddress().getPort()));
            Waiting.until(() -> example.errors().endsWith("\n"));
            feed.destroy();

            assertThat(feed.waitFor()).isZero();
            assertThat(example.errors()).contains(Integer.toString(status)).containsPattern("in 54[01]\\.\\d s");
        } finally {
            busy.stop(0);
        }
    }

    @Test
    void a_redirect_does_not_take_the_token_to_another_host() throws Exception {
        Queue<String> tokens = new ConcurrentLinkedQueue<>();
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/elsewhere", exchange -> {
            tokens.add(exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.sendResponseHeaders(200, -1);
        });
        other.createContext("/api", exchange -> {
            exchange.getResponseHeaders().set("Location", "/elsewhere");
            exchange.sendResponseHeaders(302, -1);
        });
        other.start();
        try {
            Process feed = example.start(
                    Map.of("SERVICE_TOKEN", "any"),
                    state,
                    address(other.getAddress().getPort()));
            Waiting.until(() -> example.errors().endsWith("\n"));
            feed.destroy();
            feed.waitFor();

            assertThat(example.errors()).contains("302");
            assertThat(tokens).isEmpty();
        } finally {
            other.stop(0);
        }
    }

    /** Each of these entries changes the tier, so the example prints a line for each. */
    private void lockAlternately(TestServer server, int from, int until) {
        for (int i = from; i < until; i++) {
            operate(server, "lock", i % 2 == 0 ? "{\"tier\":\"trusted\"}" : "{\"tier\":\"elite\"}");
        }
    }

    private void operate(TestServer server, String operation, String body) {
        Api operator = Api.of(server).as(server.token(Scope.OPERATOR));
        assertThat(operator.post("/api/trust/" + user.pubkey() + "/" + operation, body)
                        .status())
                .isEqualTo(200);
    }

    private long nextAfter() {
        try {
            Path file = Path.of(state);
            return Files.exists(file) ? new JsonObject(Files.readString(file)).getLong("next_after") : 0;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> settings(TestServer server) {
        return settings(server, Map.of());
    }

    private static Map<String, String> settings(TestServer server, Map<String, String> more) {
        Map<String, String> settings = new TreeMap<>(more);
        settings.put("SERVICE_TOKEN", server.token(Scope.SERVICE, "feed", Duration.ofDays(3650)));
        return settings;
    }

    private static String address(int port) {
        return "http://127.0.0.1:" + port;
    }

    private static String change(JsonObject line) {
        return line.getInteger("seq") + " " + line.getString("cause") + ": " + line.getString("before") + " to "
                + line.getString("tier") + (line.getBoolean("blocked") ? ", blocked" : "");
    }
}
