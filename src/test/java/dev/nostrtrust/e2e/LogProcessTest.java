package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.CommandRun;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.nostr.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a server writes while people log in, work, err and attack it: all of its output, at debug, with an access log.
 */
class LogProcessTest {
    private static final String NSEC = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    @TempDir
    private static Path directory;

    private static final List<Answer> refused = new ArrayList<>();
    private static final List<String> secrets = new ArrayList<>();
    private static DatabaseAddress database;
    private static Answer order;
    private static Answer broken;
    private static List<String> lines;

    @BeforeAll
    static void live() throws Exception {
        database = TestDatabases.fresh();
        int port = FreePorts.next();
        int managementPort = FreePorts.next();
        Map<String, String> settings = new TreeMap<>(Program.settings(port, managementPort, database.url()));
        settings.putAll(Map.of("LOG_LEVEL", "debug", "ACCESS_LOG", "true", "SHUTDOWN_DELAY", "1ms"));
        secrets.addAll(List.of(TestServer.TOKEN_KEY, TestServer.CHALLENGE_KEY, NSEC, password(database)));
        Path output = directory.resolve("output.log");
        ProcessBuilder builder = new ProcessBuilder(Program.command(List.of("-Xmx256m"), "serve"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(output.toFile());
        builder.environment().putAll(settings);
        Process server = builder.start();
        try {
            Waiting.until(() -> !server.isAlive() || Program.health(managementPort) == 200);
            Api api = Api.at(port);
            work(api);
            refusals(api);
            attack(api);
            breakDown(api, database);
            endConnections(database, output);
        } finally {
            server.destroy();
            assertThat(server.waitFor(180, TimeUnit.SECONDS)).isTrue();
        }
        lines = Files.readAllLines(output, StandardCharsets.UTF_8);
    }

    @AfterAll
    static void forget() {
        refused.clear();
        secrets.clear();
    }

    private static void work(Api api) {
        User user = new User();
        JsonNode template = User.challenge(api);
        Event event = user.sign(template);
        Answer login =
                api.post("/api/identity/verify", "{\"event\":" + event.toJson().encode() + "}");
        String token = login.text("nostr_token");
        secrets.addAll(List.of(token, signatureOf(token), event.sig()));
        template.get("tags").forEach(tag -> secrets.add(tag.get(tag.size() - 1).asText()));
        secrets.removeIf(value -> value.equals("POST") || value.startsWith("http"));
        order = api.as(token)
                .with("traceparent", "00-" + TRACE + "-b7ad6b7169203331-01")
                .post("/api/jobs", "{\"request\":{\"prompt\":\"a prompt that is private\"}}");
        secrets.addAll(List.of("a prompt that is private", order.text("id")));
        Api worker = api.as(workerToken());
        String fence = worker.post("/api/jobs/" + order.text("id") + "/claim")
                .json()
                .get("fence")
                .asText();
        worker.post("/api/jobs/" + order.text("id") + "/complete", "{\"fence\":" + fence + ",\"sats_cost\":3000}");
        // The same proof once more.
        refused.add(
                api.post("/api/identity/verify", "{\"event\":" + event.toJson().encode() + "}"));
    }

    private static void refusals(Api api) {
        refused.add(api.post("/api/jobs", "{\"request\":1,\"nostr_token\":\"eyJhbGciOiJIUzI1NiJ9.SECRETBODY.x\"}"));
        refused.add(api.as("eyJhbGciOiJIUzI1NiJ9.SECRETHEADER.x").get("/api/identity/me"));
        refused.add(api.as(workerToken()).get("/api/jobs?state=queued&token=SECRETQUERY"));
        refused.add(api.post("/api/identity/verify", "{\"event\":{\"sig\":\"SECRETEVENT\"}}"));
        refused.add(api.get("/api/SECRETPATH?x=SECRETQUERY"));
        secrets.addAll(List.of("SECRETBODY", "SECRETHEADER", "SECRETQUERY", "SECRETEVENT", "SECRETPATH"));
    }

    private static void attack(Api api) {
        User user = new User();
        Event event = user.sign(User.challenge(api));
        String altered = (event.sig().startsWith("0") ? "1" : "0") + event.sig().substring(1);
        refused.add(api.post(
                "/api/identity/verify", "{\"event\":" + event.toJson().encode().replace(event.sig(), altered) + "}"));
        String signed = User.authorization(user.signRequest(TestServer.ORIGIN + "/api/jobs", "{}", Instant.EPOCH));
        refused.add(api.with("Authorization", signed).post("/api/jobs", "{}"));
        refused.add(api.as(CommandRun.mint(database, Scope.SERVICE)).get("/api/trust/" + NSEC));
        secrets.addAll(List.of(altered, signed.substring("Nostr ".length())));
    }

    /** What no server is prepared for. */
    private static void breakDown(Api api, DatabaseAddress database) throws Exception {
        try (var connection = TestDatabases.connect(database);
                var statement = connection.createStatement()) {
            statement.execute("ALTER TABLE jobs RENAME TO jobs_elsewhere");
        }
        broken = api.post("/api/jobs", "{\"request\":{}}");
    }

    /** As a PostgreSQL does that is restarted. */
    private static void endConnections(DatabaseAddress database, Path output) throws Exception {
        try (var connection = TestDatabases.connect(database);
                var statement = connection.createStatement()) {
            statement.execute("""
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'nostr-trust-engine'""");
        }
        Waiting.untilWritten(output, "57P01");
    }

    private static String workerToken() {
        String token = CommandRun.mint(database, Scope.WORKER);
        secrets.addAll(List.of(token, signatureOf(token)));
        return token;
    }

    private static String signatureOf(String token) {
        return token.substring(token.lastIndexOf('.') + 1);
    }

    private static String password(DatabaseAddress database) {
        return URI.create(database.url()).getUserInfo().split(":", 2)[1];
    }

    private static JsonNode parsed(String line) {
        try {
            return Api.JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("no JSON: " + line, e);
        }
    }

    private static List<JsonNode> of(String trace) {
        return lines.stream()
                .map(LogProcessTest::parsed)
                .filter(line -> line.path("trace_id").asText().equals(trace))
                .toList();
    }

    private static List<String> leaks(List<String> text) {
        return secrets.stream()
                .filter(secret -> text.stream().anyMatch(line -> line.contains(secret)))
                .toList();
    }

    @Test
    void every_line_is_one_object_that_says_when_how_grave_who_and_what() {
        assertThat(lines).hasSizeGreaterThan(10).allSatisfy(line -> {
            JsonNode object = parsed(line);
            assertThat(Instant.parse(object.path("timestamp").asText())).isAfter(Instant.EPOCH);
            assertThat(object.path("level").asText()).matches("TRACE|DEBUG|INFO|WARN|ERROR");
            assertThat(object.path("logger").asText()).isNotEmpty();
            assertThat(object.path("thread").asText()).isNotEmpty();
            assertThat(object.path("message").asText()).isNotEmpty();
        });
    }

    @Test
    void a_stopping_server_logs_it() {
        assertThat(lines)
                .extracting(line -> parsed(line).path("message").asText())
                .contains("stopping");
    }

    @Test
    void a_refused_request_is_found_by_the_trace_id_that_its_client_was_told() {
        assertThat(refused).hasSizeGreaterThan(8).allSatisfy(answer -> {
            assertThat(answer.status()).as(answer.toString()).isBetween(400, 499);
            assertThat(answer.header("X-Trace-Id")).contains(answer.text("trace_id"));
            assertThat(of(answer.text("trace_id")))
                    .as(answer.toString())
                    .anyMatch(line -> line.path("message").asText().endsWith("is refused: " + answer.code()))
                    .anyMatch(line -> line.path("status").asText().equals(Integer.toString(answer.status())));
        });
    }

    @Test
    void the_trace_of_a_client_goes_on_in_the_log() {
        assertThat(order.header("X-Trace-Id")).contains(TRACE);
        assertThat(of(TRACE)).singleElement().satisfies(line -> {
            assertThat(line.path("logger").asText()).endsWith(".AccessLog");
            assertThat(line.path("method").asText()).isEqualTo("POST");
            assertThat(line.path("route").asText()).isEqualTo("/api/jobs");
            assertThat(line.path("status").asText()).isEqualTo("201");
            assertThat(line.path("duration_ms").isIntegralNumber()).isTrue();
            assertThat(line.path("span_id").asText()).matches("[0-9a-f]{16}").isNotEqualTo("b7ad6b7169203331");
        });
    }

    @Test
    void a_bug_leaves_its_stack_under_the_trace_id_of_the_bland_answer() {
        assertThat(broken.status()).isEqualTo(500);
        assertThat(of(broken.text("trace_id")))
                .filteredOn(line -> line.path("level").asText().equals("ERROR"))
                .singleElement()
                .satisfies(line -> assertThat(line.path("exception").asText()).contains("PgException", "42P01"));
    }

    @Test
    void no_token_signature_nonce_secret_event_or_query_is_ever_written() throws IOException {
        List<String> control = new ArrayList<>(lines);
        control.addAll(secrets.stream()
                .map(secret -> "{\"message\":\"" + secret + "\"}")
                .toList());

        assertThat(leaks(control))
                .as("what the search would find")
                .hasSameSizeAs(secrets)
                .hasSizeGreaterThan(15);
        assertThat(leaks(lines)).isEmpty();
    }
}
