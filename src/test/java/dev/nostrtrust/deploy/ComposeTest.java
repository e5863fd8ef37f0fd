package dev.nostrtrust.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ComposeTest {
    private static final Map<String, String> DEFAULTS = Deployment.lines("conf/application.properties");
    private static final YamlNode SERVICES =
            Deployment.yaml("deploy/compose.yaml").get(0).at("services");
    private static final List<String> NODES = List.of("node1", "node2");

    /** As the server of a node reads its environment. */
    private static Settings settings(String node) {
        Map<String, String> environment = new TreeMap<>();
        SERVICES.at(node, "environment")
                .texts()
                .forEach((name, value) -> environment.put(name, Deployment.filledIn(value)));
        return SettingsReader.of(environment).settings();
    }

    private static String address(String service) {
        return SERVICES.at(service, "networks", "inside", "ipv4_address").text();
    }

    @Test
    void a_node_is_given_settings_that_there_are_and_that_agree() {
        for (String node : NODES) {
            assertThat(DEFAULTS.keySet())
                    .containsAll(SERVICES.at(node, "environment").texts().keySet());
            Settings settings = settings(node);
            assertThat(settings.clusterHost()).isEqualTo(address(node));
            assertThat(settings.clusterMembers().orElseThrow())
                    .containsExactlyElementsOf(
                            NODES.stream().map(ComposeTest::address).toList());
            assertThat(settings.trustedProxies().orElseThrow()).containsOnly(address("balancer"));
        }
    }

    @Test
    void what_is_before_the_balancer_is_the_same_to_the_balancer_and_to_the_nodes() {
        String outer = SERVICES.at("balancer", "environment", "OUTER_PROXY").text();

        assertThat(NODES).allSatisfy(node -> assertThat(
                        SERVICES.at(node, "environment", "TRUSTED_PROXIES").text())
                .isEqualTo(address("balancer") + "," + outer));
        assertThat(Deployment.filledIn(outer)).as("nobody else by default").isEqualTo(address("balancer"));
        assertThat(Deployment.text("deploy/.env.example")).contains("# OUTER_PROXY=");
    }

    @Test
    void the_balancer_and_prometheus_know_the_nodes_by_their_ports() {
        String http = DEFAULTS.get("HTTP_PORT");
        String management = DEFAULTS.get("MANAGEMENT_PORT");

        assertThat(Deployment.all("^ +server (\\S+ \\S+ port \\d+)", Deployment.text("deploy/haproxy/haproxy.cfg")))
                .containsExactlyElementsOf(NODES.stream()
                        .map(node -> node + " " + address(node) + ":" + http + " port " + management)
                        .toList());
        assertThat(Deployment.yaml("deploy/prometheus/prometheus.yml")
                        .get(0)
                        .at("scrape_configs", 0, "static_configs", 0, "targets")
                        .items()
                        .stream()
                        .map(YamlNode::text))
                .containsExactlyElementsOf(
                        NODES.stream().map(node -> node + ":" + management).toList());
    }

    @Test
    void no_secret_has_a_default_and_every_one_is_in_the_example() {
        Map<String, String> variables = Deployment.variables(Deployment.text("deploy/compose.yaml"));
        Map<String, String> example = Deployment.lines("deploy/.env.example");

        assertThat(variables.remove("PUBLISH_ADDRESS")).isEqualTo(":-127.0.0.1");
        assertThat(variables.remove("OUTER_PROXY")).isEqualTo(":-" + address("balancer"));
        assertThat(variables.values()).allMatch(otherwise -> otherwise.startsWith(":?"));
        assertThat(example.keySet()).isEqualTo(variables.keySet());
        example.remove("IMAGE");
        assertThat(example.values()).allMatch(String::isEmpty);
    }

    @Test
    void only_the_balancer_and_the_dashboard_can_be_reached_and_from_this_machine_alone() {
        Map<String, String> published = new TreeMap<>();
        Map<?, ?> services = (Map<?, ?>) SERVICES.value();
        services.forEach((name, service) -> {
            if (((Map<?, ?>) service).containsKey("ports")) {
                published.put(
                        name.toString(), new YamlNode(service).at("ports", 0).text());
            }
        });

        assertThat(published)
                .containsOnly(
                        Map.entry("balancer", "${PUBLISH_ADDRESS:-127.0.0.1}:8080:8080"),
                        Map.entry("grafana", "127.0.0.1:3000:3000"));
    }

    @Test
    void a_node_is_given_the_time_that_it_takes_to_stop() {
        for (String node : NODES) {
            Settings settings = settings(node);
            assertThat(Duration.parse(
                            "PT" + SERVICES.at(node, "stop_grace_period").text()))
                    .isGreaterThan(settings.shutdownDelay().plus(settings.shutdownGrace()));
        }
    }
}
