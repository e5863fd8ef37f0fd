package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Browsers send an origin in its normal form. Clients sign the origin that they were sent. */
class BrowserOriginsTest {
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
            String authorization = user.authorize(
                    "POST", sent + "/api/sessions", server.clock().instant());
            Answer signed = page.with("Authorization", authorization).post("/api/sessions");

            assertThat(made.header("Access-Control-Allow-Origin")).contains(sent);
            assertThat(template.at("/tags/0/1").asText()).isEqualTo(sent + "/api/identity/verify");
            assertThat(verified.status()).as(verified.toString()).isEqualTo(200);
            assertThat(signed.status()).as(signed.toString()).isEqualTo(201);
        }
    }
}
