package dev.nostrtrust.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.ClusterNodes;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.demo.DemoCommand;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.TestDatabases;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Dashboard and alerts against what a server shows that was used, and then lost its database. */
class MonitoringTest {
    private static final Path DASHBOARD = Path.of("deploy/grafana/dashboard.json");
    private static List<Series> afterDemonstration = List.of();
    private static List<Series> shown = List.of();

    @BeforeAll
    static void use_a_server() {
        try (ClusterNodes nodes = ClusterNodes.start(1, Map.of("METRICS_INTERVAL", "50ms"))) {
            TestServer server = nodes.get(0);
            String url = "http://127.0.0.1:" + server.port();
            int status = new CommandLine(new DemoCommand(SettingsReader::ofProcess))
                    .execute("--url", url, "--worker-token", server.token(Scope.WORKER));
            assertThat(status).as("the demonstration").isZero();
            Waiting.until(() -> scrape(server).stream()
                    .anyMatch(series -> series.metric().equals("trust_ledger_entries") && series.value() == 4));
            // A server that goes on collects its garbage sooner or later.
            System.gc();
            Waiting.until(() ->
                    scrape(server).stream().anyMatch(series -> series.metric().equals("jvm_gc_pause_seconds_sum")));
            afterDemonstration = scrape(server);

            Api api = Api.of(server);
            String job = api.post("/api/jobs", "{\"request\":{}}").text("id");
            api.get("/api/jobs/" + job + "?wait=1");
            List<Series> all = new ArrayList<>(scrape(server));

            TestDatabases.drop(server.database());
            Waiting.until(() -> api.get("/api/jobs/" + job).status() == 503);
            all.addAll(scrape(server));
            shown = List.copyOf(all);
        }
    }

    private static List<Series> scrape(TestServer server) {
        URI uri = URI.create("http://127.0.0.1:" + server.managementPort() + "/metrics");
        return Series.of(HttpClient.newHttpClient()
                .sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .join()
                .body());
    }

    /** What is asked for in vain; {@code up} is Prometheus' own. */
    private static Set<String> missing(String query) {
        return missing(query, shown);
    }

    private static Set<String> missing(String query, List<Series> shown) {
        Set<String> missing = new TreeSet<>();
        for (Selector selector : Selector.of(query)) {
            String why = selector.metric().equals("up") ? "" : selector.missingIn(shown);
            if (!why.isEmpty()) {
                missing.add(why);
            }
        }
        return missing;
    }

    @Test
    void after_the_demonstration_every_query_of_the_dashboard_finds_data() throws IOException {
        JsonNode dashboard = Api.JSON.readTree(Files.readString(DASHBOARD));

        List<String> queries = dashboard.findValuesAsText("expr");

        assertThat(queries).hasSizeGreaterThan(30);
        // Zero is what some show where nothing happened, which may well be
        // misspelt: these have to find something later.
        assertThat(queries).allSatisfy(query -> assertThat(
                        missing(query, query.endsWith(" or vector(0)") ? shown : afterDemonstration))
                .isEmpty());
    }

    @Test
    void every_alert_is_about_what_there_is() throws IOException {
        List<Alert> alerts = Alert.all();

        assertThat(alerts).hasSizeGreaterThan(15);
        assertThat(alerts).allSatisfy(alert -> {
            assertThat(Selector.of(alert.query())).isNotEmpty();
            assertThat(missing(alert.query())).isEmpty();
        });
    }

    @Test
    void what_there_is_not_is_found_out() {
        assertThat(missing("sum by (route) (rate(http_server_request_seconds_count{job=\"x\"}[5m])) > 0"))
                .containsExactly("no metric http_server_request_seconds_count");
        assertThat(missing("sum by (path) (rate(http_server_requests_seconds_count[5m]))"))
                .containsExactly("no label path at http_server_requests_seconds_count");
        assertThat(missing("http_server_refusals_total{code=~\"overloaded|overlaoded\"}"))
                .containsExactly("no code=overlaoded at http_server_refusals_total");
        assertThat(missing("http_server_refusals_total{kind=\"overloaded\"}"))
                .singleElement()
                .asString()
                .startsWith("no data for");
        assertThat(missing("histogram_quantile(0.99, sum by (le) (rate(signatures_seconds_bucket[$__rate_interval])))"))
                .isEmpty();
    }
}
