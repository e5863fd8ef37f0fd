package dev.nostrtrust.torture;

import dev.nostrtrust.app.CommandRun;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.db.Migrations;
import dev.nostrtrust.e2e.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Some servers, the PostgreSQL that they share, and the wire between, which can be cut. */
final class Cluster implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Postgres postgres;
    private final FaultProxy wire;
    private final List<ServerNode> nodes = new ArrayList<>();
    private final Map<Scope, String> tokens = new EnumMap<>(Scope.class);
    private @Nullable Balancer balancer;

    private Cluster(Postgres postgres, FaultProxy wire) {
        this.postgres = postgres;
        this.wire = wire;
    }

    static Cluster start(int servers, Map<String, String> settings) {
        return start(servers, settings, asItIs -> {});
    }

    /**
     * Starts all of it and waits until every server is ready.
     *
     * @param weakening what is done to the migrated database before the servers come
     */
    static Cluster start(int servers, Map<String, String> settings, Consumer<Postgres> weakening) {
        Postgres postgres = Postgres.start(directory());
        FaultProxy wire = FaultProxy.to("127.0.0.1", postgres.port());
        Cluster cluster = new Cluster(postgres, wire);
        Migrations.apply(postgres.address());
        weakening.accept(postgres);
        for (int i = 0; i < servers; i++) {
            cluster.nodes.add(new ServerNode(
                    "node-" + i, Host.LOCAL, postgres.directory(), postgres.address(wire.port()), settings));
        }
        return cluster.begin();
    }

    /** Starts a server on each machine of a network; they are the nodes of one cluster. */
    static Cluster joined(NetworkNamespace network, Map<String, String> settings) {
        Postgres postgres = Postgres.start(directory());
        FaultProxy wire = FaultProxy.on(network.gateway(), "127.0.0.1", postgres.port());
        Cluster cluster = new Cluster(postgres, wire);
        Migrations.apply(postgres.address());
        for (Host host : network.hosts()) {
            Map<String, String> all = new TreeMap<>(membership(network, host.peerAddress()));
            all.putAll(settings);
            cluster.nodes.add(new ServerNode(
                    host.namespace(),
                    host,
                    postgres.directory(),
                    postgres.address(network.gateway(), wire.port()),
                    all));
        }
        return cluster.begin();
    }

    /** The settings of a member of the cluster that has this address. */
    static Map<String, String> membership(NetworkNamespace network, String address) {
        return Map.of(
                "CLUSTER",
                "hazelcast",
                "CLUSTER_NAME",
                "torture",
                "CLUSTER_HOST",
                address,
                "CLUSTER_MEMBERS",
                network.hosts().stream().map(Host::peerAddress).collect(Collectors.joining(",")));
    }

    private static Path directory() {
        Path directory = Path.of("target", "torture-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet())
                .toAbsolutePath();
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return directory;
    }

    private Cluster begin() {
        try {
            mint();
            nodes.forEach(ServerNode::start);
            awaitReady();
            return this;
        } catch (RuntimeException | AssertionError e) {
            // Nobody else has it yet who could.
            close();
            throw e;
        }
    }

    /** Puts a balancer before the servers, through which all clients go from now on. */
    Cluster behindBalancer() {
        balancer = Balancer.before(nodes, postgres.directory());
        return this;
    }

    /** Where clients reach it: every server, or the balancer. */
    List<String> doors() {
        return balancer == null ? nodes.stream().map(ServerNode::base).toList() : List.of(balancer.base());
    }

    Postgres postgres() {
        return postgres;
    }

    FaultProxy wire() {
        return wire;
    }

    List<ServerNode> nodes() {
        return nodes;
    }

    /** A token that the operator has minted for this scope. */
    String token(Scope scope) {
        return tokens.getOrDefault(scope, "");
    }

    void awaitReady() {
        nodes.forEach(node -> Waiting.until(() -> {
            if (!node.alive()) {
                throw new IllegalStateException("a server ended by itself: see its log under target/");
            }
            return node.ready();
        }));
    }

    @Override
    public void close() {
        if (balancer != null) {
            balancer.close();
        }
        nodes.forEach(ServerNode::close);
        wire.close();
        postgres.close();
    }

    private void mint() {
        for (Scope scope : List.of(Scope.WORKER, Scope.SERVICE, Scope.OPERATOR)) {
            tokens.put(scope, CommandRun.mint(postgres.address(), scope));
        }
    }
}
