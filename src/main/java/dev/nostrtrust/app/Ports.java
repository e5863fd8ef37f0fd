package dev.nostrtrust.app;

import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.config.ClusterSettings.Engine;
import dev.nostrtrust.config.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ports that a server is about to listen on. */
final class Ports {
    private static final Logger LOG = LoggerFactory.getLogger(Ports.class);

    private Ports() {}

    /**
     * Looks whether all can be had, before anything is started that would have to be stopped again. Blocks.
     *
     * @throws IllegalStateException naming the one that cannot, and why
     */
    static void expectFree(Settings settings) {
        // Both are held for a moment: each may be free, and yet be the other.
        try (ServerSocket api = bound("HTTP_PORT", "HTTP_HOST", settings.httpHost(), settings.httpPort());
                ServerSocket management = bound(
                        "MANAGEMENT_PORT", "MANAGEMENT_HOST", settings.managementHost(), settings.managementPort())) {
            LOG.debug("free: {} and {}", api, management);
            if (settings.cluster() != Engine.NONE) {
                expectClusterFree(settings);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void expectClusterFree(Settings settings) throws IOException {
        InetAddress address = address("CLUSTER_HOST", settings.clusterHost());
        if (NetworkInterface.getByInetAddress(address) == null) {
            throw new IllegalStateException("CLUSTER_HOST " + settings.clusterHost()
                    + " is no address of this machine: it is the one at which the other nodes reach this one");
        }
        VertxNode.expectUsable(settings);
        try (ServerSocket members =
                        bound("CLUSTER_PORT", "CLUSTER_HOST", settings.clusterHost(), settings.clusterPort());
                ServerSocket bus = bound("BUS_PORT", "CLUSTER_HOST", settings.clusterHost(), settings.busPort())) {
            LOG.debug("free: {} and {}", members, bus);
        }
    }

    private static InetAddress address(String setting, String host) {
        InetAddress address = new InetSocketAddress(host, 0).getAddress();
        if (address == null) {
            throw new IllegalStateException(setting + " " + host + " is no address, and no name that is known here");
        }
        return address;
    }

    private static ServerSocket bound(String setting, String hostSetting, String host, int port) throws IOException {
        InetAddress address = address(hostSetting, host);
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address, port));
            return socket;
        } catch (IOException e) {
            socket.close();
            String why = String.valueOf(e.getMessage());
            if (why.contains("assign requested address")) {
                throw new IllegalStateException(hostSetting + " " + host + " is no address of this machine", e);
            }
            boolean taken = e instanceof BindException && why.contains("in use");
            String hint = why.contains("Permission denied") ? ": ports below 1024 are for privileged processes" : "";
            throw new IllegalStateException(
                    setting + " " + port + " on " + host + (taken ? " is taken: " : " cannot be listened on: ") + why
                            + hint,
                    e);
        }
    }
}
