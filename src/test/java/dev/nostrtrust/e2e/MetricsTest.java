package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.TestDatabases;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private static final Map<String, String> OFTEN = Map.of("METRICS_INTERVAL", "50ms");

    /** What a scrape shows: each series with its value, but for buckets. */
    private static Map<String, Double> scrape(TestServer server) {
        URI uri = URI.create("http://127.0.0.1:" + server.managementPort() + "/metrics");
        HttpResponse<String> response = HttpClient.newHttpClient()
                .sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .join();
        assertThat(response.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
        return response.body()
                .lines()
                .filter(line -> !line.startsWith("#") && !line.contains("_bucket{"))
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.lastIndexOf(' ')),
                        line -> Double.valueOf(line.substring(line.lastIndexOf(' ') + 1))));
    }

    private static double value(TestServer server, String series) {
        return scrape(server).getOrDefault(series, Double.NaN);
    }

    private static String requests(String method, String route, String status, boolean held) {
        return "http_server_requests_seconds_count{held=\"" + held + "\",method=\"" + method + "\",route=\"" + route
                + "\",status=\"" + status + "\"}";
    }

    @Test
    void requests_are_counted_by_operation_and_outcome_and_refusals_by_code() {
        try (TestServer server = TestServer.start(OFTEN)) {
            Api api = Api.of(server);
            String job =
                    api.post("/api/jobs", "{\"request\":{}}").json().get("id").asText();
            api.get("/api/jobs/" + job);
            api.get("/api/jobs/" + job + "?wait=1");
            api.post("/api/jobs", "{");

            Map<String, Double> seen = scrape(server);

            assertThat(seen)
                    .containsEntry(requests("POST", "/api/jobs", "201", false), 1.0)
                    .containsEntry(requests("POST", "/api/jobs", "400", false), 1.0)
                    .containsEntry(requests("GET", "/api/jobs/{id}", "200", false), 1.0)
                    .containsEntry(requests("GET", "/api/jobs/{id}", "200", true), 1.0)
                    .containsEntry("http_server_refusals_total{code=\"invalid_json\"}", 1.0)
                    .containsEntry("http_server_refusals_total{code=\"overloaded\"}", 0.0);
            assertThat(seen.get("database_operations_seconds_count{kind=\"statement\",outcome=\"done\"}"))
                    .isPositive();
            assertThat(seen)
                    .containsKeys("http_server_connections", "http_server_in_flight", "jvm_threads_live_threads");
        }
    }

    @Test
    void what_clients_make_up_makes_no_series() {
        try (TestServer server = TestServer.start(OFTEN)) {
            Api api = Api.of(server);
            api.get("/made/up");
            api.get("/made/up/too");
            api.send("BREW", "/coffee", null, new byte[0]);

            Map<String, Double> seen = scrape(server);

            assertThat(seen)
                    .containsEntry(requests("GET", "none", "404", false), 2.0)
                    .containsEntry(requests("OTHER", "none", "404", false), 1.0);
            assertThat(seen.keySet()).noneMatch(series -> series.contains("made") || series.contains("BREW"));
        }
    }

    @Test
    void identities_are_counted_by_tier_and_the_ledger_by_what_waits() {
        try (TestServer server = TestServer.start(OFTEN)) {
            new User().logIn(Api.of(server));
            new User().logIn(Api.of(server));

            Waiting.until(() -> value(server, "trust_identities{tier=\"new\"}") == 2);

            assertThat(scrape(server))
                    .containsEntry("trust_identities{tier=\"elite\"}", 0.0)
                    .containsEntry("trust_ledger_waiting", 0.0)
                    .containsEntry("trust_ledger_lag_seconds", 0.0)
                    .containsEntry("database_usable", 1.0);
            assertThat(value(server, "signatures_seconds_count")).isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void a_server_counts_as_soon_as_it_has_started() {
        try (TestServer server = TestServer.start(Map.of("METRICS_INTERVAL", "1h"))) {
            Waiting.until(() -> value(server, "trust_ledger_entries") == 0);

            assertThat(value(server, "trust_identities{tier=\"new\"}")).isZero();
        }
    }

    @Test
    void without_the_database_nothing_is_claimed_about_what_is_in_it() {
        try (TestServer server = TestServer.start(OFTEN)) {
            Waiting.until(() -> value(server, "trust_ledger_entries") == 0);
            TestDatabases.drop(server.database());

            Waiting.until(() -> value(server, "database_usable") == 0);
            Waiting.until(() -> Double.isNaN(scrape(server).get("trust_ledger_entries")));

            assertThat(scrape(server).get("trust_identities{tier=\"new\"}")).isNaN();
        }
    }
}
