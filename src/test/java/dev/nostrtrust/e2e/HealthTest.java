package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.TestDatabases;
import dev.nostrtrust.TestServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class HealthTest {

    private static HttpResponse<String> health(TestServer server, String kind) {
        URI uri = URI.create("http://127.0.0.1:" + server.managementPort() + "/health/" + kind);
        return HttpClient.newHttpClient()
                .sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .join();
    }

    @Test
    void a_server_that_serves_says_so() {
        try (TestServer server = TestServer.start()) {
            assertThat(health(server, "live").statusCode()).isEqualTo(200);
            assertThat(health(server, "ready").body()).isEqualTo("{\"status\":\"up\",\"reasons\":[]}");
        }
    }

    @Test
    void without_its_database_a_server_lives_is_not_ready_and_refuses_with_a_time_to_come_back() {
        try (TestServer server = TestServer.start()) {
            Api api = Api.of(server);
            TestDatabases.drop(server.database());

            Answer job = api.post("/api/jobs", "{\"request\":{}}");

            assertThat(job.status() + job.code()).isEqualTo("503database_unavailable");
            assertThat(job.header("Retry-After")).isPresent();
            Waiting.until(() -> health(server, "ready").statusCode() == 503);
            assertThat(health(server, "ready").body()).contains("The database does not answer.");
            assertThat(health(server, "live").statusCode()).isEqualTo(200);
            assertThat(api.post("/api/identity/challenge").status()).isEqualTo(200);
        }
    }
}
