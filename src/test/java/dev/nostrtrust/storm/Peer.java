package dev.nostrtrust.storm;

import dev.nostrtrust.ClusterNodes;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.platform.Node;
import dev.nostrtrust.platform.SettingsReader;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** This process as a member of a server's cluster: a node that asks and listens, and serves nobody. */
final class Peer implements AutoCloseable {
    private final List<Integer> ports = ClusterNodes.freePorts(2);
    private final Vertx vertx;
    private final ServerProcess server;

    private Peer(Map<String, String> settings) {
        server = ServerProcess.start("384m", settingsOf(ports.get(0), settings));
        try {
            vertx = Node.join(SettingsReader.of(settingsOf(ports.get(1), Map.of()))
                            .cluster())
                    .await(60, TimeUnit.SECONDS);
            awaitServer();
        } catch (TimeoutException e) {
            server.close();
            throw new IllegalStateException(e);
        }
    }

    /** Starts a server with further settings, and joins it. */
    static Peer ofServer(Map<String, String> settings) {
        return new Peer(settings);
    }

    ServerProcess server() {
        return server;
    }

    Vertx vertx() {
        return vertx;
    }

    @Override
    public void close() {
        try {
            vertx.close().await(30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(e);
        } finally {
            server.close();
        }
    }

    private Map<String, String> settingsOf(int port, Map<String, String> further) {
        Map<String, String> all = new TreeMap<>(ClusterNodes.membership(port, ports));
        all.putAll(further);
        return all;
    }

    private void awaitServer() {
        Waiting.until(() -> ((VertxInternal) vertx).clusterManager().getNodes().size() == 2);
    }
}
