package dev.nostrtrust;

import com.hazelcast.multimap.MultiMap;
import io.vertx.core.internal.VertxInternal;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Servers in this process that are the nodes of one cluster, on one database. */
public final class ClusterNodes implements AutoCloseable {
    private final List<TestServer> servers = new ArrayList<>();

    private ClusterNodes() {}

    /** So many nodes, with some settings of their own. */
    public static ClusterNodes start(int size, Map<String, String> settings) {
        ClusterNodes nodes = new ClusterNodes();
        List<Integer> ports = freePorts(size);
        for (int port : ports) {
            Map<String, String> all = new TreeMap<>(membership(port, ports));
            // Hazelcast loads classes on event loops too, as each node of a process joins.
            all.put("EVENT_LOOP_BLOCKED_AFTER", "2s");
            all.putAll(settings);
            nodes.servers.add(
                    nodes.servers.isEmpty()
                            ? TestServer.start(all)
                            : TestServer.start(
                                    all, nodes.get(0).database(), nodes.get(0).clock()));
        }
        return nodes;
    }

    /** The settings of a node among others on this machine. */
    public static Map<String, String> membership(int port, List<Integer> all) {
        return Map.of(
                "CLUSTER",
                "hazelcast",
                "CLUSTER_NAME",
                "test-" + all.get(0),
                "CLUSTER_PORT",
                Integer.toString(port),
                "CLUSTER_MEMBERS",
                all.stream().map(each -> "127.0.0.1:" + each).collect(Collectors.joining(",")),
                "CLUSTER_SILENCE",
                "3s",
                "CLUSTER_PROBE_INTERVAL",
                "200ms");
    }

    /** Ports that nobody listens on. */
    public static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            List<Integer> ports =
                    sockets.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public TestServer get(int node) {
        return servers.get(node);
    }

    /** How many nodes the cluster knows to listen to an address. */
    public long listeners(String address) {
        return subscriptions().get(address).stream()
                .map(one -> one.unwrap().nodeId())
                .distinct()
                .count();
    }

    /** Makes the cluster forget who listens to what, as one half's clean-up does to the other half. */
    public void forgetAll() {
        subscriptions().clear();
    }

    @Override
    public void close() {
        servers.forEach(TestServer::close);
    }

    private MultiMap<String, HazelcastRegistrationInfo> subscriptions() {
        VertxInternal vertx = (VertxInternal) get(0).vertx();
        return ((HazelcastClusterManager) vertx.clusterManager())
                .getHazelcastInstance()
                .getMultiMap("__vertx.subs");
    }
}
