package dev.nostrtrust.bus;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.NetworkConfig;
import dev.nostrtrust.config.ClusterSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/**
 * Hazelcast configuration: finds the members by a list or by a Kubernetes service, and removes silent members. Uses no
 * multicast and sends no usage data.
 */
final class HazelcastMembership {
    private HazelcastMembership() {}

    static Config of(ClusterSettings settings, ClusterMembers members) {
        Config config = new Config();
        config.setClusterName(settings.clusterName());
        properties(settings).forEach(config::setProperty);
        network(config.getNetworkConfig(), settings);
        config.addListenerConfig(new ListenerConfig(members));
        // As in the default configuration of vertx-hazelcast.
        config.addMultiMapConfig(new MultiMapConfig("__vertx.subs")
                .setBackupCount(1)
                .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET));
        config.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(1));
        // Without this filter, a peer on the port could make the server deserialize any class of the class path.
        JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig().setDefaultsDisabled(false);
        filter.getWhitelist().addPrefixes("io.vertx.spi.cluster.hazelcast.");
        config.getSerializationConfig().setJavaSerializationFilterConfig(filter);
        return config;
    }

    private static Map<String, String> properties(ClusterSettings settings) {
        long silenceSeconds = Math.max(1, settings.clusterSilence().toSeconds());
        return Map.of(
                "hazelcast.logging.type", "slf4j",
                "hazelcast.phone.home.enabled", "false",
                "hazelcast.socket.bind.any", "false",
                "hazelcast.wait.seconds.before.join", "0",
                "hazelcast.heartbeat.interval.seconds", "1",
                "hazelcast.max.no.heartbeat.seconds", Long.toString(silenceSeconds),
                "hazelcast.operation.call.timeout.millis", Long.toString(2_000 * silenceSeconds),
                // Merge soon after a partition heals; the default is five minutes.
                "hazelcast.merge.first.run.delay.seconds", Long.toString(silenceSeconds),
                "hazelcast.merge.next.run.delay.seconds", Long.toString(silenceSeconds));
    }

    /** Resolves a host name, because Hazelcast accepts only an address as an interface. Blocks. */
    private static String address(String host) {
        InetAddress address = new InetSocketAddress(host, 0).getAddress();
        return address == null ? host : address.getHostAddress();
    }

    private static void network(NetworkConfig network, ClusterSettings settings) {
        network.setPort(settings.clusterPort()).setPortAutoIncrement(false);
        network.getInterfaces().setEnabled(true).addInterface(address(settings.clusterHost()));
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        List<String> members = settings.clusterMembers().orElse(List.of());
        join.getTcpIpConfig()
                .setEnabled(settings.clusterKubernetesService().isEmpty())
                .setMembers(members)
                .setConnectionTimeoutSeconds(2);
        settings.clusterKubernetesService().ifPresent(service -> join.getKubernetesConfig()
                .setEnabled(true)
                .setProperty("service-dns", service)
                .setProperty("service-port", Integer.toString(settings.clusterPort())));
    }
}
