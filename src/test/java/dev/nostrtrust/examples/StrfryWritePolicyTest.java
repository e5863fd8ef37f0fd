package dev.nostrtrust.examples;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example of a write policy for strfry, as a process that a test feeds with requests as strfry does. */
@Tag("full")
@Requires(Tool.PYTHON)
class StrfryWritePolicyTest {
    private static final String RESTRICTED = "restricted: this relay requires the trust tier established";
    private static final String BLOCKED = "blocked: this key is blocked";
    private static final String UNKNOWN = "error: the trust of this key is not known at the moment, try again later";
    private static final String NOT_UNDERSTOOD = "error: the request to the write policy is not understood";
    private static final String ACCEPTED = RelayWithPlugin.ACCEPTED;

    /** A cache that is never used while the engine answers. */
    private static final Map<String, String> NO_CACHE = Map.of("CACHE_SECONDS", "0", "PAUSE_SECONDS", "0");

    private final User user = new User();

    @TempDir
    private Path directory;

    private ExampleProgram example;
    private RelayWithPlugin relay;

    @BeforeEach
    void find_the_example() {
        example = new ExampleProgram("python3", "strfry-write-policy/write_policy.py", directory);
        relay = new RelayWithPlugin(example);
    }

    @AfterEach
    void end_what_was_started() throws Exception {
        relay.end();
    }

    @Test
    void it_admits_by_the_tier_of_the_author() throws Exception {
        try (TestServer server = TestServer.start()) {
            Process plugin = relay.start(server, NO_CACHE);
            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(RESTRICTED);
            user.logIn(Api.of(server));
            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(RESTRICTED);

            operate(server, "adjust", "{\"sats\":3000}");
            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(ACCEPTED);
            assertThat(relay.verdict(plugin, user.pubkey(), "Stream")).isEqualTo(ACCEPTED);

            operate(server, "block", "{}");
            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(BLOCKED);
            assertThat(relay.verdict(plugin, user.pubkey(), "Import")).isEqualTo(BLOCKED);

            plugin.getOutputStream().close();
            assertThat(plugin.waitFor()).isZero();
            assertThat(example.errors()).isEmpty();
        }
    }

    @Test
    void an_import_of_the_operator_needs_no_tier() throws Exception {
        try (TestServer server = TestServer.start()) {
            Process plugin = relay.start(server, Map.of());
            Process strict = relay.start(server, Map.of("ANY_TIER_SOURCES", "none"));

            assertThat(relay.verdict(plugin, user.pubkey(), "Import")).isEqualTo(ACCEPTED);
            assertThat(relay.verdict(plugin, user.pubkey(), "Stored")).isEqualTo(ACCEPTED);
            assertThat(relay.verdict(plugin, user.pubkey(), "Stream")).isEqualTo(RESTRICTED);
            assertThat(relay.verdict(plugin, user.pubkey(), "Sync")).isEqualTo(RESTRICTED);
            assertThat(relay.verdict(strict, user.pubkey(), "Import")).isEqualTo(RESTRICTED);
        }
    }

    @Test
    void verdicts_come_in_the_order_of_the_requests() throws Exception {
        try (TestServer server = TestServer.start()) {
            user.logIn(Api.of(server));
            operate(server, "lock", "{\"tier\":\"trusted\"}");
            Process plugin = relay.start(server, Map.of("MIN_TIER", "trusted"));

            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 30; i++) {
                String pubkey = i % 3 == 0 ? user.pubkey() : new User().pubkey();
                requests.append(RelayWithPlugin.request("%064x".formatted(i), pubkey, "IP4"))
                        .append('\n');
            }
            RelayWithPlugin.write(plugin, requests.toString());

            Waiting.until(() -> example.lines().size() == 30);
            for (int i = 0; i < 30; i++) {
                JsonObject verdict = example.lines().get(i);
                assertThat(verdict.getString("id")).isEqualTo("%064x".formatted(i));
                assertThat(verdict.getString("action")).isEqualTo(i % 3 == 0 ? "accept" : "reject");
            }
        }
    }

    @Test
    void a_line_that_is_not_understood_is_reported_and_does_no_harm() throws Exception {
        try (TestServer server = TestServer.start()) {
            Process plugin = relay.start(server, Map.of("MIN_TIER", "new"));
            List<String> withoutId = List.of(
                    "",
                    "not JSON",
                    "[".repeat(100_000),
                    "{}",
                    "null",
                    "{\"type\":\"new\",\"event\":{\"id\":7,\"pubkey\":\"" + user.pubkey() + "\"}}");
            List<String> withId = List.of(
                    "{\"type\":\"new\",\"event\":{\"id\":\"e1\"}}",
                    "{\"type\":\"new\",\"event\":{\"id\":\"e1\",\"pubkey\":\"\\\"\"}}",
                    "{\"type\":\"new\",\"event\":{\"id\":\"e1\",\"pubkey\":[]}}",
                    "{\"type\":\"old\",\"event\":{\"id\":\"e1\",\"pubkey\":\"" + user.pubkey() + "\"}}",
                    "{\"event\":{\"id\":\"e1\",\"pubkey\":\"" + user.pubkey() + "\"}}");

            RelayWithPlugin.write(plugin, String.join("\n", withoutId) + "\n");
            RelayWithPlugin.write(plugin, new byte[] {(byte) 0xff, 0, '\n'});
            RelayWithPlugin.write(plugin, String.join("\n", withId) + "\n");

            Waiting.until(() -> example.lines().size() == withId.size());
            assertThat(example.lines())
                    .containsOnly(new JsonObject()
                            .put("id", "e1")
                            .put("action", "reject")
                            .put("msg", NOT_UNDERSTOOD));
            assertThat(example.errors().lines()).hasSize(withoutId.size() + 1 + withId.size());
            RelayWithPlugin.write(
                    plugin,
                    RelayWithPlugin.request("e2", user.pubkey(), "IP6")
                                    .replaceFirst("\\{", "{\"authed\":{\"more\":[1]},")
                            + "\n");
            Waiting.until(() -> example.lines().size() > withId.size());
            assertThat(example.lines())
                    .last()
                    .isEqualTo(new JsonObject().put("id", "e2").put("action", "accept"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reject", "accept"})
    void without_the_engine_known_keys_keep_their_verdict_and_others_get_the_configured_one(String whenDown)
            throws Exception {
        User blocked = new User();
        User fresh = new User();
        Map<String, String> settings = new TreeMap<>(NO_CACHE);
        settings.put("WHEN_DOWN", whenDown);
        Process plugin;
        try (TestServer server = TestServer.start()) {
            user.logIn(Api.of(server));
            operate(server, "adjust", "{\"sats\":3000}");
            blocked.logIn(Api.of(server));
            operate(server, blocked, "block", "{}");
            plugin = relay.start(server, settings);
            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(ACCEPTED);
            assertThat(relay.verdict(plugin, fresh.pubkey())).isEqualTo(RESTRICTED);
            assertThat(relay.verdict(plugin, blocked.pubkey())).isEqualTo(BLOCKED);
        }

        String unknown = whenDown.equals("reject") ? UNKNOWN : ACCEPTED;
        assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(ACCEPTED);
        assertThat(relay.verdict(plugin, fresh.pubkey())).isEqualTo(RESTRICTED);
        assertThat(relay.verdict(plugin, blocked.pubkey())).isEqualTo(BLOCKED);
        assertThat(relay.verdict(plugin, new User().pubkey())).isEqualTo(unknown);
        assertThat(relay.verdict(plugin, new User().pubkey(), "Import")).isEqualTo(ACCEPTED);
        assertThat(example.errors()).contains("does not answer");
    }

    @Test
    void without_the_engine_a_tier_is_used_no_longer_than_configured_but_a_block_is() throws Exception {
        User blocked = new User();
        Map<String, String> settings = new TreeMap<>(NO_CACHE);
        settings.put("STALE_SECONDS", "0");
        settings.put("WHEN_DOWN", "accept");
        Process plugin;
        try (TestServer server = TestServer.start()) {
            blocked.logIn(Api.of(server));
            operate(server, blocked, "block", "{}");
            plugin = relay.start(server, settings);
            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(RESTRICTED);
            assertThat(relay.verdict(plugin, blocked.pubkey())).isEqualTo(BLOCKED);
        }

        assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(ACCEPTED);
        assertThat(relay.verdict(plugin, blocked.pubkey())).isEqualTo(BLOCKED);
    }

    @Test
    void a_busy_author_is_answered_from_the_cache() throws Exception {
        Process plugin;
        try (TestServer server = TestServer.start()) {
            plugin = relay.start(server, Map.of("CACHE_SECONDS", "3600", "CACHE_KEYS", "2"));
            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(RESTRICTED);
            user.logIn(Api.of(server));
            operate(server, "lock", "{\"tier\":\"elite\"}");
            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(RESTRICTED);

            relay.verdict(plugin, new User().pubkey());
            relay.verdict(plugin, new User().pubkey());
            assertThat(relay.verdict(plugin, user.pubkey()))
                    .as("the cache is full")
                    .isEqualTo(ACCEPTED);
        }
        assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(ACCEPTED);
        assertThat(example.errors()).isEmpty();
    }

    @Test
    void a_cached_tier_ends_when_decay_lowers_it() throws Exception {
        try (TestServer server = TestServer.start()) {
            user.logIn(Api.of(server));
            operate(server, "adjust", "{\"sats\":3000}");
            Process plugin = relay.start(server, Map.of("CACHE_SECONDS", "3600"));
            String until = Api.of(server)
                    .as(server.token(Scope.OPERATOR))
                    .get("/api/trust/" + user.pubkey())
                    .text("tier_until");
            server.clock()
                    .advance(Duration.between(
                            server.clock().instant(), Instant.parse(until).minusSeconds(5)));

            // The first verdict is ACCEPTED, unless the machine is so slow that the time has passed.
            Waiting.until(() -> relay.verdict(plugin, user.pubkey()).equals(RESTRICTED));
        }
    }

    @Test
    void it_asks_again_when_the_engine_is_back_and_asks_the_next_server_meanwhile() throws Exception {
        Map<String, String> fixed = Map.of("HTTP_PORT", Integer.toString(FreePorts.next()));
        DatabaseAddress database = TestDatabases.fresh();
        TestClock clock = new TestClock();
        Process plugin;
        try (TestServer server = TestServer.start(fixed, database, clock)) {
            String dead = "http://127.0.0.1:" + FreePorts.next();
            Map<String, String> settings = new TreeMap<>(NO_CACHE);
            settings.put("ENGINE_URL", dead + " , " + address(server) + "/");
            plugin = relay.start(server, settings);
            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(RESTRICTED);
        }
        assertThat(relay.verdict(plugin, new User().pubkey())).isEqualTo(UNKNOWN);
        try (TestServer server = TestServer.start(fixed, database, clock)) {
            user.logIn(Api.of(server));
            operate(server, "adjust", "{\"sats\":3000}");

            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(ACCEPTED);
            assertThat(example.errors()).contains("answers again");
        }
    }

    @Test
    void a_silent_server_does_not_hold_up_the_relay() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Process plugin = relay.open(Map.of(
                    "ENGINE_URL", "http://127.0.0.1:" + silent.getLocalPort(),
                    "SERVICE_TOKEN", "any",
                    "TIMEOUT_SECONDS", "0.2",
                    "PAUSE_SECONDS", "3600"));

            for (int i = 0; i < 100; i++) {
                assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(UNKNOWN);
            }
            assertThat(example.errors().lines()).as("asked once").hasSize(1);
        }
    }

    @Test
    void a_token_that_is_refused_later_counts_as_no_engine_until_the_file_has_another() throws Exception {
        Path file = directory.resolve("token");
        try (TestServer server = TestServer.start()) {
            Files.writeString(file, server.token(Scope.SERVICE) + "\n");
            Map<String, String> settings = new TreeMap<>(NO_CACHE);
            settings.put("SERVICE_TOKEN_FILE", file.toString());
            settings.put("SERVICE_TOKEN", "");
            Process plugin = relay.start(server, settings);
            assertThat(relay.verdict(plugin, user.pubkey())).isEqualTo(RESTRICTED);

            Files.writeString(file, server.token(Scope.WORKER));
            assertThat(relay.verdict(plugin, new User().pubkey())).isEqualTo(UNKNOWN);
            Files.delete(file);
            assertThat(relay.verdict(plugin, new User().pubkey())).isEqualTo(UNKNOWN);
            Files.writeString(file, server.token(Scope.SERVICE));
            assertThat(relay.verdict(plugin, new User().pubkey())).isEqualTo(RESTRICTED);
        }
    }

    @Test
    void a_wrong_setting_or_a_refused_token_ends_it_with_one_line_and_exit_code_2() throws Exception {
        try (TestServer server = TestServer.start()) {
            Map<String, String> right = Map.of(
                    "ENGINE_URL",
                    address(server),
                    "SERVICE_TOKEN",
                    server.token(Scope.SERVICE),
                    "TIMEOUT_SECONDS",
                    "60");
            assertThat(example.run(right)).isEqualTo(new ExampleProgram.Outcome(0, ""));
            for (Map<String, String> wrong : List.of(
                    Map.of("ENGINE_URL", ""),
                    Map.of("ENGINE_URL", "localhost:8080"),
                    Map.of("SERVICE_TOKEN", ""),
                    Map.of("SERVICE_TOKEN", "wrong"),
                    Map.of("SERVICE_TOKEN", server.token(Scope.WORKER)),
                    Map.of("SERVICE_TOKEN_FILE", "/nowhere"),
                    Map.of("MIN_TIER", "best"),
                    Map.of("WHEN_DOWN", "maybe"),
                    Map.of("CACHE_SECONDS", "-1"))) {
                Map<String, String> settings = new TreeMap<>(right);
                settings.putAll(wrong);
                ExampleProgram.Outcome outcome = example.run(settings);

                assertThat(outcome.status()).as(wrong.toString()).isEqualTo(2);
                assertThat(outcome.errors().lines()).as(wrong.toString()).hasSize(1);
            }
        }
    }

    private void operate(TestServer server, String operation, String body) {
        operate(server, user, operation, body);
    }

    private static void operate(TestServer server, User user, String operation, String body) {
        Api operator = Api.of(server).as(server.token(Scope.OPERATOR));
        assertThat(operator.post("/api/trust/" + user.pubkey() + "/" + operation, body)
                        .status())
                .isEqualTo(200);
    }

    private static String address(TestServer server) {
        return "http://127.0.0.1:" + server.port();
    }
}
