package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.client.Cursor;
import dev.nostrtrust.client.FeedOptions;
import dev.nostrtrust.client.TrustEvent;
import dev.nostrtrust.client.TrustFeed;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.e2e.Waiting;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A consumer of the servers' events who is a member of their cluster, in this process. */
final class Consumer implements Cursor, AutoCloseable {
    private final Vertx vertx;
    private final List<Long> taken = new ArrayList<>();
    private final TrustFeed feed;

    private Consumer(Vertx vertx, Cluster cluster) {
        this.vertx = vertx;
        List<URI> servers =
                cluster.nodes().stream().map(node -> URI.create(node.base())).toList();
        this.feed = TrustFeed.start(vertx, FeedOptions.of(servers, cluster.token(Scope.SERVICE)), this, this::take);
    }

    static Consumer join(NetworkNamespace network, Cluster cluster) {
        return join(
                network,
                cluster,
                network.hosts().stream().map(Host::peerAddress).toList());
    }

    /** A consumer that knows these members only. */
    static Consumer join(NetworkNamespace network, Cluster cluster, List<String> members) {
        return new Consumer(member(network, Map.of("CLUSTER_MEMBERS", String.join(",", members))), cluster);
    }

    /** A member of the cluster that is no server, in this process. */
    static Vertx member(NetworkNamespace network, Map<String, String> more) {
        Map<String, String> settings = new TreeMap<>(Cluster.membership(network, network.ownPeerAddress()));
        settings.putAll(more);
        try {
            return VertxNode.join(SettingsReader.of(settings).cluster()).await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until everything was taken that is scored by now, for so long at most, and says how long that took. */
    Duration catchUp(Cluster cluster, Duration atMost) {
        long last = cluster.postgres().number("SELECT seq FROM trust_head");
        long begun = System.nanoTime();
        while (taken().size() < last) {
            Duration waited = Duration.ofNanos(System.nanoTime() - begun);
            assertThat(waited).as("behind at %d of %d", taken().size(), last).isLessThan(atMost);
            Waiting.aMoment();
        }
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    /** Waits until it sees exactly this number of cluster members, itself included. */
    void awaitMembers(int count) {
        Waiting.until(() -> ((VertxInternal) vertx).clusterManager().getNodes().size() == count);
    }

    /** The places of all entries that it was handed, in that order. */
    synchronized List<Long> taken() {
        return List.copyOf(taken);
    }

    private synchronized Future<Void> take(List<TrustEvent> page) {
        page.forEach(event -> taken.add(event.seq()));
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<Long> load() {
        return Future.succeededFuture((long) taken.size());
    }

    @Override
    public Future<Void> store(long seq) {
        return Future.succeededFuture();
    }

    @Override
    public void close() {
        try {
            feed.stop().await(20, TimeUnit.SECONDS);
            vertx.close().await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }
}
