package dev.nostrtrust.storm;

import dev.nostrtrust.ClusterNodes;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.platform.Node;
import dev.nostrtrust.platform.SettingsReader;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** This process as a member of a server's cluster: a node that asks and listens, and serves nobody. */
final class Peer implements AutoCloseable {
    private final List<Integer> ports = ClusterNodes.freePorts(2);
    private final Vertx vertx;
    private final ServerProcess server;

    private Peer() {
        server = ServerProcess.start("1g", ClusterNodes.membership(ports.get(0), ports));
        try {
            vertx = Node.join(SettingsReader.of(ClusterNodes.membership(ports.get(1), ports))
                            .cluster())
                    .await(60, TimeUnit.SECONDS);
            awaitServer();
        } catch (TimeoutException e) {
            server.close();
            throw new IllegalStateException(e);
        }
    }

    /** Starts a server, and joins it. */
    static Peer ofServer() {
        return new Peer();
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

    private void awaitServer() {
        Waiting.until(() -> ((VertxInternal) vertx).clusterManager().getNodes().size() == 2);
    }
}
