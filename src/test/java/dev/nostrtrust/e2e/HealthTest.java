package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.TestDatabases;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HealthTest {

    private static HttpResponse<String> health(TestServer server, String kind) {
        URI uri = URI.create("http://127.0.0.1:" + server.managementPort() + "/health/" + kind);
        return HttpClient.newHttpClient()
                .sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .join();
    }

    private static String down(String code, String detail) {
        return "{\"status\":\"down\",\"reasons\":[{\"code\":\"" + code + "\",\"detail\":\"" + detail + "\"}]}";
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
            assertThat(health(server, "ready").body())
                    .contains(
                            "\"database_away\",\"detail\":\"The database does not answer. Reason: FATAL: database ",
                            "does not exist (SQLSTATE 3D000). Create the database, or correct its name in DATABASE_URL.");
            assertThat(health(server, "live").statusCode()).isEqualTo(200);
            assertThat(api.post("/api/identity/challenge").status()).isEqualTo(200);
        }
    }

    @Test
    void a_stopping_server_is_not_ready_and_still_serves() throws InterruptedException {
        TestServer server = TestServer.start(Map.of("SHUTDOWN_DELAY", "1h"));
        Thread stop = new Thread(server::close);
        stop.start();

        Waiting.until(() -> health(server, "ready").statusCode() == 503);
        HttpResponse<String> leaving = health(server, "ready");
        int live = health(server, "live").statusCode();
        int served = Api.of(server).post("/api/jobs", "{\"request\":{}}").status();
        stop.interrupt();
        stop.join();

        assertThat(leaving.body()).isEqualTo(down("stopping", "The server is stopping."));
        assertThat(live).isEqualTo(200);
        assertThat(served).isEqualTo(201);
    }
}
