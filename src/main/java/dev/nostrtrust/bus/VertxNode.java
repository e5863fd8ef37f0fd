package dev.nostrtrust.bus;

import dev.nostrtrust.config.ClusterSettings;
import dev.nostrtrust.config.ClusterSettings.Engine;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.observe.TraceParent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Starts Vert.x, alone or as a node of a cluster that shares one event bus. */
public final class VertxNode {
    /** The library's default of 20 seconds would hold back the messages for a dead peer that long. */
    private static final long BUS_PING_MILLIS = 2_000;

    private VertxNode() {}

    /**
     * Starts Vert.x for a server.
     *
     * @param members learns of the members of the cluster
     * @return completes when the node has joined the cluster; fails if an address of the cluster or bus cannot be bound
     */
    public static Future<Vertx> start(Settings settings, ClusterMembers members) {
        return start(options(settings), settings, members);
    }

    /** Joins the cluster from a program that is not a server. */
    public static Future<Vertx> join(ClusterSettings settings) {
        return start(withoutFiles(), settings, new ClusterMembers());
    }

    /**
     * Checks the files of the cluster settings before the node starts. Blocks.
     *
     * @throws IllegalStateException if a file is unusable; the message names its setting
     */
    public static void expectUsable(ClusterSettings settings) {
        if (settings.cluster() != Engine.NONE) {
            tls(settings).ifPresent(BusTls::expectUsable);
        }
    }

    private static Optional<BusTls> tls(ClusterSettings settings) {
        return settings.busTlsCertificate()
                .map(certificate -> new BusTls(
                        certificate,
                        settings.busTlsKey().orElseThrow(),
                        settings.busTlsAuthority().orElseThrow()));
    }

    private static Future<Vertx> start(VertxOptions options, ClusterSettings settings, ClusterMembers members) {
        TraceParent.prepare();
        return switch (settings.cluster()) {
            case NONE -> Future.succeededFuture(Vertx.vertx(options));
            case HAZELCAST ->
                Vertx.builder()
                        .with(options.setEventBusOptions(bus(settings)))
                        .withClusterManager(new HazelcastClusterManager(HazelcastMembership.of(settings, members)))
                        .buildClustered();
        };
    }

    /** Options for a program without a directory for temporary files; pages are served from memory. */
    public static VertxOptions withoutFiles() {
        return new VertxOptions()
                .setFileSystemOptions(new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false));
    }

    private static VertxOptions options(Settings settings) {
        long warnMillis = settings.eventLoopBlockedAfter().toMillis();
        return withoutFiles()
                .setMaxEventLoopExecuteTime(warnMillis)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
                .setWarningExceptionTime(warnMillis)
                .setWarningExceptionTimeUnit(TimeUnit.MILLISECONDS)
                .setBlockedThreadCheckInterval(Math.max(10, warnMillis / 2))
                .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS);
    }

    private static EventBusOptions bus(ClusterSettings settings) {
        EventBusOptions options = new EventBusOptions()
                .setHost(settings.clusterHost())
                .setPort(settings.busPort())
                .setConnectTimeout((int) BUS_PING_MILLIS)
                .setClusterPingInterval(BUS_PING_MILLIS)
                .setClusterPingReplyInterval(BUS_PING_MILLIS);
        settings.busPublicHost().ifPresent(options::setClusterPublicHost);
        if (settings.busPublicPort() > 0) {
            options.setClusterPublicPort(settings.busPublicPort());
        }
        tls(settings).ifPresent(tls -> options.setSsl(true)
                .setClientAuth(ClientAuth.REQUIRED)
                // The library's default sends messages to a peer with any certificate.
                .setTrustAll(false)
                .setKeyCertOptions(tls.identity())
                .setTrustOptions(tls.trust()));
        return options;
    }
}
