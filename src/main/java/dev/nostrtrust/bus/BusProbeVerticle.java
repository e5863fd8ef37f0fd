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
 * Checks periodically that this node and its subscriptions are registered in the cluster, and registers them again if
 * they are not: when a partition heals, one half may delete the registrations of the other. Does nothing on a server
 * without a cluster.
 */
final class BusProbeVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(BusProbeVerticle.class);

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

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
                    // compose turns an exception of a stopped cluster into a failed future.
                    probe = Future.succeededFuture()
                            .compose(begin -> probe(cluster))
                            .onFailure(e -> LOG.warn("cluster probe failed: {}", e.toString()));
                }
            });
        }
        return Future.succeededFuture();
    }

    private Future<Void> probe(ClusterManager cluster) {
        Future<Void> checked = checkNode(cluster);
        for (Subscription subscription : bus.subscriptions()) {
            checked = checked.compose(previous -> checkSubscription(cluster, subscription));
        }
        return checked;
    }

    private Future<Void> checkNode(ClusterManager cluster) {
        NodeInfo own = cluster.getNodeInfo();
        return this.<NodeInfo>ask(answer -> cluster.getNodeInfo(cluster.getNodeId(), answer))
                .<Void>mapEmpty()
                .recover(missing -> {
                    LOG.warn("node is missing from the cluster's registry; registering it again");
                    return ask(answer -> cluster.setNodeInfo(own, answer));
                });
    }

    private Future<Void> checkSubscription(ClusterManager cluster, Subscription subscription) {
        String self = cluster.getNodeId();
        return this.<List<RegistrationInfo>>ask(answer -> cluster.getRegistrations(subscription.address(), answer))
                .compose(all -> {
                    if (all.stream().anyMatch(one -> one.nodeId().equals(self))) {
                        return Future.succeededFuture();
                    }
                    LOG.warn(
                            "subscription to {} is missing from the cluster's registry; registering it again",
                            subscription.address());
                    return subscription.registerAgain();
                });
    }

    private <T> Future<T> ask(Consumer<Completable<T>> call) {
        // On the verticle's context, because a cluster thread completes it. During a partition, no thread does.
        Promise<T> answer = ((ContextInternal) context).promise();
        call.accept(answer);
        return answer.future().timeout(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }
}
