package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ManagementVerticleTest {
    private static final String UP = "{\"status\":\"up\",\"reasons\":[]}";

    private final AtomicReference<ServerPhase> phase = new AtomicReference<>(ServerPhase.SERVING);
    private final Metrics metrics = Metrics.start();
    private MigratedDatabase migrated;
    private ManagementVerticle verticle;

    @BeforeEach
    void start(Vertx vertx) {
        migrated = MigratedDatabase.open(vertx);
        Settings settings = RouteServer.settings(Map.of("MANAGEMENT_HOST", "127.0.0.1", "MANAGEMENT_PORT", "0"));
        verticle = new ManagementVerticle(settings, migrated.database(), metrics, phase::get);
        TestServer.await(vertx.deployVerticle(verticle));
    }

    @AfterEach
    void stop() {
        TestServer.await(migrated.database().close());
    }

    private HttpResponse<String> send(String method, String path) {
        URI uri = URI.create("http://127.0.0.1:" + verticle.port() + path);
        return HttpClient.newHttpClient()
                .sendAsync(
                        HttpRequest.newBuilder(uri)
                                .method(method, BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString())
                .join();
    }

    private HttpResponse<String> get(String path) {
        return send("GET", path);
    }

    private static String down(String reasons) {
        return "{\"status\":\"down\",\"reasons\":[" + reasons + "]}";
    }

    /** Applies to new connections, as after a failover; the open ones end. */
    private void setReadOnly(boolean on) {
        String name =
                migrated.address().url().substring(migrated.address().url().lastIndexOf('/') + 1);
        migrated.sql("BEGIN READ WRITE; ALTER DATABASE " + name
                + (on ? " SET default_transaction_read_only = on" : " RESET default_transaction_read_only")
                + "; COMMIT");
        migrated.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" + name
                + "' AND pid <> pg_backend_pid()");
    }

    @Test
    void a_server_that_serves_is_live_and_ready() {
        assertThat(get("/health/live").body()).isEqualTo(UP);
        assertThat(get("/health/ready").body()).isEqualTo(UP);
        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
        assertThat(get("/health/ready").headers().firstValue("Content-Type")).contains("application/json");
    }

    @Test
    void a_server_that_starts_or_stops_is_live_and_not_ready() {
        phase.set(ServerPhase.STARTING);
        HttpResponse<String> starting = get("/health/ready");
        phase.set(ServerPhase.LEAVING);
        HttpResponse<String> leaving = get("/health/ready");

        assertThat(starting.statusCode()).isEqualTo(503);
        assertThat(starting.body()).isEqualTo(down("{\"code\":\"starting\",\"detail\":\"The server is starting.\"}"));
        assertThat(leaving.body()).isEqualTo(down("{\"code\":\"stopping\",\"detail\":\"The server is stopping.\"}"));
        assertThat(get("/health/live").body()).isEqualTo(UP);
    }

    @Tag("full")
    @Test
    void a_server_without_its_database_is_live_and_not_ready() {
        TestDatabases.drop(migrated.address());

        Waiting.until(() -> get("/health/ready").statusCode() == 503);
        assertThat(get("/health/ready").body())
                .contains("\"code\":\"database_away\"", "does not exist (SQLSTATE 3D000)");
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void a_server_whose_database_is_read_only_is_not_ready_until_it_takes_writes_again() {
        setReadOnly(true);
        Waiting.until(() -> get("/health/ready").body().contains("database_read_only"));
        HttpResponse<String> readOnly = get("/health/ready");

        setReadOnly(false);

        assertThat(readOnly.body())
                .isEqualTo(down("{\"code\":\"database_read_only\",\"detail\":\"The database is read-only.\"}"));
        Waiting.until(() -> get("/health/ready").statusCode() == 200);
    }

    @Test
    void metrics_are_in_the_text_format_of_prometheus() {
        metrics.registry().counter("things").increment(7);

        HttpResponse<String> scraped = get("/metrics");

        assertThat(scraped.body()).contains("\nthings_total 7.0\n", "jvm_memory_used_bytes{");
        assertThat(scraped.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
    }

    @Test
    void head_is_served_without_a_body_and_other_methods_are_refused() {
        for (String path : new String[] {"/health/live", "/health/ready", "/metrics"}) {
            assertThat(send("HEAD", path).statusCode()).as(path).isEqualTo(200);
            assertThat(send("HEAD", path).body()).isEmpty();
            assertThat(send("POST", path).statusCode()).isEqualTo(405);
        }
        assertThat(get("/api/jobs").statusCode()).isEqualTo(404);
    }
}
