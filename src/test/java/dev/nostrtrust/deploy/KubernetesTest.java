package dev.nostrtrust.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class KubernetesTest {
    private static final String DIRECTORY = "deploy/kubernetes/";
    private static final Map<String, String> DEFAULTS = Deployment.lines("conf/application.properties");
    private static final Map<String, String> CONFIGURED = Deployment.lines(DIRECTORY + "settings.env");
    private static final YamlNode POD =
            Deployment.yaml(DIRECTORY + "deployment.yaml").get(0).at("spec", "template", "spec");
    private static final YamlNode SERVER = POD.at("containers", 0);

    /** As the server of a pod reads its environment. */
    private static Settings settings() {
        Map<String, String> environment = new TreeMap<>(CONFIGURED);
        secrets().forEach(name -> environment.put(name, Deployment.SECRETS.getOrDefault(name, "")));
        environment.put("CLUSTER_HOST", "10.1.2.3");
        return SettingsReader.of(environment).settings();
    }

    private static List<String> secrets() {
        return List.copyOf(Deployment.yaml(DIRECTORY + "secret.example.yaml")
                .get(0)
                .at("stringData")
                .texts()
                .keySet());
    }

    private static List<String> ports(YamlNode listed, String name) {
        return listed.items().stream().map(port -> port.at(name).text()).toList();
    }

    @Test
    void a_pod_is_given_settings_that_there_are() {
        List<String> names = new ArrayList<>(CONFIGURED.keySet());
        names.addAll(secrets());
        names.addAll(ports(SERVER.at("env"), "name"));
        names.addAll(ports(
                Deployment.yaml(DIRECTORY + "migrate.yaml")
                        .get(0)
                        .at("spec", "template", "spec", "containers", 0, "env"),
                "name"));

        assertThat(DEFAULTS.keySet()).containsAll(names);
        assertThat(settings().clusterKubernetesService())
                .contains(Deployment.yaml(DIRECTORY + "services.yaml")
                                .get(1)
                                .at("metadata", "name")
                                .text()
                        + "."
                        + Deployment.yaml(DIRECTORY + "kustomization.yaml")
                                .get(0)
                                .at("namespace")
                                .text()
                        + ".svc.cluster.local");
    }

    @Test
    void the_ports_are_those_that_the_server_listens_on() {
        Settings settings = settings();
        List<String> cluster = List.of(Integer.toString(settings.clusterPort()), Integer.toString(settings.busPort()));
        List<String> all = new ArrayList<>(
                List.of(Integer.toString(settings.httpPort()), Integer.toString(settings.managementPort())));
        all.addAll(cluster);
        YamlNode network = Deployment.yaml(DIRECTORY + "network.yaml").get(0).at("spec", "ingress");

        assertThat(ports(SERVER.at("ports"), "name")).containsExactly("http", "management", "membership", "bus");
        assertThat(ports(SERVER.at("ports"), "containerPort")).isEqualTo(all);
        assertThat(ports(Deployment.yaml(DIRECTORY + "services.yaml").get(1).at("spec", "ports"), "port"))
                .isEqualTo(cluster);
        assertThat(ports(network.at(0, "ports"), "port")).containsExactly(all.get(0));
        assertThat(ports(network.at(1, "ports"), "port")).isEqualTo(cluster);
        assertThat(ports(network.at(2, "ports"), "port")).containsExactly(all.get(1));
    }

    @Test
    void a_pod_is_given_the_time_that_it_takes_to_stop() {
        Settings settings = settings();

        assertThat(Duration.ofSeconds(POD.at("terminationGracePeriodSeconds").number()))
                .isGreaterThan(settings.shutdownDelay().plus(settings.shutdownGrace()));
    }

    /** Those of a pod that does what it should, with the one of the database's watch. */
    private static int connections() {
        Settings settings = settings();
        return settings.databaseConnections() + settings.databaseTransactions() + 1;
    }

    @Test
    void as_many_pods_as_there_may_be_fit_into_the_connections_of_the_database() {
        YamlNode deployment =
                Deployment.yaml(DIRECTORY + "deployment.yaml").get(0).at("spec");
        YamlNode scaled = Deployment.yaml(DIRECTORY + "autoscaler.yaml").get(0).at("spec");
        int pods = scaled.at("maxReplicas").number();
        int rolling = deployment.at("strategy", "rollingUpdate", "maxSurge").number() + 1;

        int silent = 2 * connections() * pods;
        int rollOut = connections() * (pods + rolling) + 1;
        int both = 2 * connections() * (pods + rolling) + 1;

        assertThat(deployment.at("minReadySeconds").number())
                .as("one pod at most is on its way out")
                .isGreaterThanOrEqualTo(POD.at("terminationGracePeriodSeconds").number());
        assertThat(List.of(silent, rollOut))
                .as("of 100 connections, with 3 that PostgreSQL keeps and 10 for people and backups")
                .allSatisfy(needed -> assertThat(needed).isLessThanOrEqualTo(100 - 3 - 10));
        assertThat(Deployment.text("docs/deployment.md").replaceAll("\\s+", " "))
                .contains("up to " + connections() + ",", "are " + silent + " when", "are " + rollOut + ".")
                .contains("are " + both + ", and");
    }

    @Test
    void nobody_is_believed_about_clients_until_the_ingress_is_named() {
        assertThat(CONFIGURED).containsEntry("TRUSTED_PROXIES", "");
        assertThat(settings().trustedProxies()).isEmpty();
    }

    @Test
    void the_image_says_settings_and_ports_that_there_are() {
        String image = Deployment.text("Dockerfile");
        TreeSet<String> named = new TreeSet<>(Deployment.all("^(?:ENV|   ) *([A-Z][A-Z_]+)=", image));
        named.removeAll(List.of("LANG", "JAVA_OPTS"));

        assertThat(named).containsExactlyInAnyOrder("MANAGEMENT_HOST", "DATA_DIR");
        assertThat(DEFAULTS.keySet()).containsAll(named);
        assertThat(Deployment.all("^EXPOSE (.*)$", image))
                .containsExactly(DEFAULTS.get("HTTP_PORT") + " " + DEFAULTS.get("MANAGEMENT_PORT"));
        assertThat(Deployment.all("useradd --uid (\\d+)", image))
                .containsExactly(POD.at("securityContext", "runAsUser").text());
    }
}
