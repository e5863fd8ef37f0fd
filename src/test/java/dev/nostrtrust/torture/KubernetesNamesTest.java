package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nodes that find each other by the name of a headless service, as in Kubernetes. Needs root and iproute2. */
@Tag("torture")
class KubernetesNamesTest {
    private static final String SERVICE = "engine-nodes.default.svc.cluster.local";

    @Test
    void nodes_find_each_other_by_a_name() throws IOException {
        try (NetworkNamespace network = NetworkNamespace.of(3);
                NameServer names = NameServer.on(
                        network.gateway(),
                        network.hosts().stream().map(Host::peerAddress).toList())) {
            for (Host host : network.hosts()) {
                resolveBy(network.gateway(), host);
            }
            try (Cluster cluster = Cluster.joined(
                            network, Map.of("CLUSTER_MEMBERS", "", "CLUSTER_KUBERNETES_SERVICE", SERVICE));
                    // This consumer knows one node only, so it sees three more only if they form one cluster.
                    Consumer consumer = Consumer.join(
                            network, cluster, List.of(network.hosts().get(2).peerAddress()))) {
                consumer.awaitMembers(4);
                Load load = Load.begin(cluster, 2, 11);
                load.awaitProgress(20);
                Verdict verdict = Verdict.on(cluster, load);
                System.out.println(verdict.summary("three nodes found by name"));
                assertThat(verdict.violations()).as(verdict.reasons()).isEmpty();
                assertThat(names.asked()).isPositive();
            } finally {
                for (Host host : network.hosts()) {
                    Files.deleteIfExists(configuration(host));
                    Files.deleteIfExists(configuration(host).getParent());
                }
            }
        }
    }

    /** Iproute2 mounts this file over /etc/resolv.conf for processes in the namespace. */
    private static Path configuration(Host host) {
        return Path.of("/etc/netns", host.namespace(), "resolv.conf");
    }

    private static void resolveBy(String nameServer, Host host) throws IOException {
        Files.createDirectories(configuration(host).getParent());
        Files.writeString(configuration(host), "nameserver " + nameServer + "\n");
    }
}
