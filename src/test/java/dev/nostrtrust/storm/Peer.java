package dev.nostrtrust.storm;

import dev.nostrtrust.app.ClusterNodes;
import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.FreePorts;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * This process as a member of a server's cluster: a node that asks and listens, and serves nobody. Beside both is a
 * third, which echoes.
 */
final class Peer implements AutoCloseable {
    private final List<Integer> ports = List.of(FreePorts.next(), FreePorts.next(), FreePorts.next());
    private final Vertx vertx;
    private final ServerProcess server;
    private final Echo echo;

    private Peer() {
        server = ServerProcess.start("1g", ClusterNodes.membership(ports.get(0), ports));
        echo = Echo.start(ports.get(2), ports);
        try {
            vertx = VertxNode.join(SettingsReader.of(ClusterNodes.membership(ports.get(1), ports))
                            .cluster())
                    .await(60, TimeUnit.SECONDS);
            awaitOthers();
        } catch (TimeoutException e) {
            echo.close();
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
            echo.close();
            server.close();
        }
    }

    private void awaitOthers() {
        Waiting.until(() -> ((VertxInternal) vertx).clusterManager().getNodes().size() == 3);
    }
}
