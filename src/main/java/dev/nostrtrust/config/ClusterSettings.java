package dev.nostrtrust.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The settings of the cluster; part of {@link Settings}. Consumers on the event bus read only these. */
@ConfigMapping(prefix = "")
public interface ClusterSettings {
    @WithName("CLUSTER")
    Engine cluster();

    @WithName("CLUSTER_NAME")
    String clusterName();

    @WithName("CLUSTER_HOST")
    String clusterHost();

    @WithName("CLUSTER_PORT")
    int clusterPort();

    @WithName("CLUSTER_MEMBERS")
    Optional<List<String>> clusterMembers();

    @WithName("CLUSTER_KUBERNETES_SERVICE")
    Optional<String> clusterKubernetesService();

    @WithName("CLUSTER_SILENCE")
    Duration clusterSilence();

    @WithName("CLUSTER_PROBE_INTERVAL")
    Duration clusterProbeInterval();

    @WithName("BUS_PORT")
    int busPort();

    @WithName("BUS_PUBLIC_HOST")
    Optional<String> busPublicHost();

    @WithName("BUS_PUBLIC_PORT")
    int busPublicPort();

    @WithName("BUS_TLS_CERTIFICATE")
    Optional<String> busTlsCertificate();

    @WithName("BUS_TLS_KEY")
    Optional<String> busTlsKey();

    @WithName("BUS_TLS_AUTHORITY")
    Optional<String> busTlsAuthority();

    /** The cluster manager. */
    enum Engine {
        NONE,
        HAZELCAST
    }
}
