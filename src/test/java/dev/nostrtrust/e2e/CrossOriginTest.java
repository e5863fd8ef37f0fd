package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrossOriginTest {
    private static final String SHOP = "https://shop.example";
    private static final TestServer SERVER = TestServer.start(Map.of("CORS_ORIGINS", SHOP + ",https://other.example"));
    private final Api api = Api.of(SERVER);

    @AfterAll
    static void close() {
        SERVER.close();
    }

    private Answer preflight(String origin) {
        return api.with("Origin", origin)
                .with("Access-Control-Request-Method", "POST")
                .with("Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
                .send("OPTIONS", "/api/jobs", null, new byte[0]);
    }

    @Test
    void a_named_origin_learns_the_allowed_methods_and_headers() {
        Answer answer = preflight(SHOP);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("Access-Control-Allow-Origin")).contains(SHOP);
        assertThat(answer.header("Access-Control-Allow-Methods"))
                .hasValueSatisfying(
                        methods -> assertThat(methods.split(",")).containsExactlyInAnyOrder("GET", "POST", "DELETE"));
        assertThat(answer.header("Access-Control-Allow-Headers"))
                .hasValueSatisfying(headers -> assertThat(headers.split(","))
                        .contains("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"));
        assertThat(answer.header("Access-Control-Max-Age")).contains("86400");
        assertThat(answer.header("Access-Control-Allow-Credentials")).isEmpty();
    }

    @Test
    void an_origin_that_is_not_named_may_nothing() {
        assertThat(preflight("https://evil.example").header("Access-Control-Allow-Origin"))
                .isEmpty();
        assertThat(preflight("null").header("Access-Control-Allow-Origin")).isEmpty();
        assertThat(preflight(SHOP + ".evil.example").header("Access-Control-Allow-Origin"))
                .isEmpty();
    }

    @Test
    void its_pages_read_answers_and_the_headers_that_they_need() {
        Answer made = api.with("Origin", SHOP).post("/api/jobs", "{\"request\":{}}");

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.header("Access-Control-Allow-Origin")).contains(SHOP);
        assertThat(made.header("Vary")).contains("origin");
        assertThat(made.header("Access-Control-Expose-Headers"))
                .hasValueSatisfying(headers -> assertThat(headers.split(","))
                        .contains("Location", "ETag", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Trace-Id"));
    }

    @Test
    void its_pages_read_refusals_too() {
        Answer refused = api.with("Origin", SHOP).post("/api/jobs", "{");

        assertThat(refused.code()).isEqualTo("invalid_json");
        assertThat(refused.header("Access-Control-Allow-Origin")).contains(SHOP);
        for (String path : List.of("/nowhere", "/api/jobs/")) {
            assertThat(api.with("Origin", SHOP).get(path).header("Access-Control-Allow-Origin"))
                    .as(path)
                    .contains(SHOP);
        }
    }

    @Test
    void other_origins_are_answered_as_before_and_caches_know_the_difference() {
        Answer other = api.with("Origin", "https://evil.example").post("/api/jobs", "{\"request\":{}}");
        Answer none = api.post("/api/jobs", "{\"request\":{}}");

        assertThat(other.status()).isEqualTo(201);
        assertThat(other.header("Access-Control-Allow-Origin")).isEmpty();
        assertThat(other.header("Vary")).contains("origin");
        assertThat(none.header("Vary")).contains("origin");
    }

    /** What browsers send is compared with what is configured; clients sign what they were sent. */
    @ParameterizedTest
    @CsvSource({
        "https://h.example:443, https://h.example",
        "https://h.example:0443, https://h.example",
        "http://trust_engine:8080, http://trust_engine:8080",
        "http://[0:0:0:0:0:0:0:1]:8080, http://[::1]:8080"
    })
    void origins_are_known_as_browsers_send_them(String configured, String sent) {
        Map<String, String> settings = Map.of("PUBLIC_ORIGINS", configured, "CORS_ORIGINS", configured);
        try (TestServer server = TestServer.start(settings)) {
            Api page = Api.of(server).with("Origin", sent);
            User user = new User();

            Answer made = page.post("/api/jobs", "{\"request\":{}}");
            ObjectNode template = User.challenge(page);
            Answer verified = page.post("/api/identity/verify", user.proof(template));
            Answer signed = page.with("Authorization", user.authorize("POST", sent + "/api/sessions", now(server)))
                    .post("/api/sessions");

            assertThat(made.header("Access-Control-Allow-Origin")).contains(sent);
            assertThat(template.at("/tags/0/1").asText()).isEqualTo(sent + "/api/identity/verify");
            assertThat(verified.status()).as(verified.toString()).isEqualTo(200);
            assertThat(signed.status()).as(signed.toString()).isEqualTo(201);
        }
    }

    private static Instant now(TestServer server) {
        return server.clock().instant();
    }

    @Test
    void without_any_origin_named_nothing_is_said() {
        try (TestServer alone = TestServer.start()) {
            Answer answer = Api.of(alone).with("Origin", SHOP).post("/api/jobs", "{\"request\":{}}");

            assertThat(answer.status()).isEqualTo(201);
            assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
            assertThat(answer.header("Vary")).isEmpty();
        }
    }
}
