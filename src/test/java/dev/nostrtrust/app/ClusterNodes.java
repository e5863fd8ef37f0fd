package dev.nostrtrust.app;

import com.hazelcast.multimap.MultiMap;
import dev.nostrtrust.bus.ClusterMembers;
import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.fixture.FreePorts;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Servers in this process that are the nodes of one cluster, on one database. */
public final class ClusterNodes implements AutoCloseable {
    private final List<TestServer> servers = new ArrayList<>();
    private final List<Vertx> guests = new ArrayList<>();
    private final List<Integer> ports;

    private ClusterNodes(List<Integer> ports) {
        this.ports = ports;
    }

    /** Starts this number of nodes with additional settings. */
    public static ClusterNodes start(int size, Map<String, String> settings) {
        return start(Collections.nCopies(size, settings));
    }

    /** A node with each of these settings. */
    public static ClusterNodes start(List<Map<String, String>> each) {
        List<Integer> ports = freePorts(each.size());
        ClusterNodes nodes = new ClusterNodes(ports);
        for (int i = 0; i < ports.size(); i++) {
            Map<String, String> all = new TreeMap<>(membership(ports.get(i), ports));
            all.putAll(each.get(i));
            nodes.servers.add(
                    nodes.servers.isEmpty()
                            ? TestServer.start(all)
                            : TestServer.start(
                                    all, nodes.get(0).database(), nodes.get(0).clock()));
        }
        return nodes;
    }

    /** Another member of the same cluster, which has an event bus and nothing else. It stays until all leave. */
    public Vertx join(Map<String, String> settings) {
        List<Integer> all = new ArrayList<>(ports);
        all.addAll(freePorts(1));
        Map<String, String> guest = new TreeMap<>(membership(all.get(all.size() - 1), all));
        guest.put("DATABASE_URL", get(0).database().url());
        guest.put("PUBLIC_ORIGINS", TestServer.ORIGIN);
        guest.put("TOKEN_KEYS", "first:" + TestServer.TOKEN_KEY);
        guest.put("CHALLENGE_KEYS", "first:" + TestServer.CHALLENGE_KEY);
        guest.putAll(settings);
        Vertx vertx = TestServer.await(VertxNode.start(SettingsReader.of(guest).settings(), new ClusterMembers()));
        guests.add(vertx);
        return vertx;
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

    private static List<Integer> freePorts(int count) {
        return Stream.generate(FreePorts::next).limit(count).toList();
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

    /** The messages that a node receives from now on, from any node and at any address. */
    public Queue<JsonObject> arriving(int node) {
        Queue<JsonObject> arrived = new ConcurrentLinkedQueue<>();
        get(node).vertx().eventBus().<Object>addInboundInterceptor(delivery -> {
            if (delivery.message().body() instanceof JsonObject body) {
                arrived.add(body);
            }
            delivery.next();
        });
        return arrived;
    }

    @Override
    public void close() {
        guests.forEach(guest -> TestServer.await(guest.close()));
        servers.forEach(TestServer::close);
    }

    private MultiMap<String, HazelcastRegistrationInfo> subscriptions() {
        VertxInternal vertx = (VertxInternal) get(0).vertx();
        return ((HazelcastClusterManager) vertx.clusterManager())
                .getHazelcastInstance()
                .getMultiMap("__vertx.subs");
    }
}
