package dev.nostrtrust.bus;

import dev.nostrtrust.config.ClusterSettings;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again and again whether the cluster still knows where this node is and what it listens to, and says so anew
 * where it does not: after a partition has healed, one half may have wiped out what the other one had registered. Does
 * nothing on a server that is alone.
 */
final class BusProbeVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(BusProbeVerticle.class);

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(10);

    private final Bus bus;
    private final ClusterSettings settings;
    private Future<Void> probe = Future.succeededFuture();

    BusProbeVerticle(Bus bus, ClusterSettings settings) {
        this.bus = bus;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        if (vertx.isClustered()) {
            ClusterManager cluster = ((VertxInternal) vertx).clusterManager();
            vertx.setPeriodic(settings.clusterProbeInterval().toMillis(), tick -> {
                if (probe.isComplete()) {
                    // Composed, so that a cluster that has stopped fails the probe; the next one comes with its turn.
                    probe = Future.succeededFuture()
                            .compose(begin -> probe(cluster))
                            .onFailure(e -> LOG.warn("the cluster does not answer: {}", e.toString()));
                }
            });
        }
        return Future.succeededFuture();
    }

    private Future<Void> probe(ClusterManager cluster) {
        Future<Void> known = place(cluster);
        for (Subscription subscription : bus.subscriptions()) {
            known = known.compose(before -> hearing(cluster, subscription));
        }
        return known;
    }

    private Future<Void> place(ClusterManager cluster) {
        NodeInfo own = cluster.getNodeInfo();
        return this.<NodeInfo>ask(answer -> cluster.getNodeInfo(cluster.getNodeId(), answer))
                .<Void>mapEmpty()
                .recover(unknown -> {
                    LOG.warn("the cluster has forgotten where this node is; it is told again");
                    return ask(answer -> cluster.setNodeInfo(own, answer));
                });
    }

    private Future<Void> hearing(ClusterManager cluster, Subscription subscription) {
        String self = cluster.getNodeId();
        return this.<List<RegistrationInfo>>ask(answer -> cluster.getRegistrations(subscription.address(), answer))
                .compose(all -> {
                    if (all.stream().anyMatch(one -> one.nodeId().equals(self))) {
                        return Future.succeededFuture();
                    }
                    LOG.warn(
                            "the cluster has forgotten that this node listens to {}; it is told again",
                            subscription.address());
                    return subscription.again();
                });
    }

    private <T> Future<T> ask(Consumer<Completable<T>> question) {
        // On the verticle's context: a thread of the cluster completes it, or none while the cluster is torn apart.
        Promise<T> answer = ((ContextInternal) context).promise();
        question.accept(answer);
        return answer.future().timeout(LONGEST_ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    }
}
