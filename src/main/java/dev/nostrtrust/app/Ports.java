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

/** Checks the ports of the server before it starts. */
final class Ports {
    private static final Logger LOG = LoggerFactory.getLogger(Ports.class);

    private Ports() {}

    /**
     * Checks that all ports are free. Blocks.
     *
     * @throws IllegalStateException with the setting of the first port that is not free, and the reason
     */
    static void expectFree(Settings settings) {
        // Binds both at the same time, to detect two settings with the same port.
        try (ServerSocket api = bind("HTTP_PORT", "HTTP_HOST", settings.httpHost(), settings.httpPort());
                ServerSocket management = bind(
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
                    + " is not an address of this machine. Set the address at which other nodes reach it.");
        }
        VertxNode.expectUsable(settings);
        try (ServerSocket members =
                        bind("CLUSTER_PORT", "CLUSTER_HOST", settings.clusterHost(), settings.clusterPort());
                ServerSocket bus = bind("BUS_PORT", "CLUSTER_HOST", settings.clusterHost(), settings.busPort())) {
            LOG.debug("free: {} and {}", members, bus);
        }
    }

    private static InetAddress address(String setting, String host) {
        InetAddress address = new InetSocketAddress(host, 0).getAddress();
        if (address == null) {
            throw new IllegalStateException(setting + " " + host + " is not an address and cannot be resolved");
        }
        return address;
    }

    private static ServerSocket bind(String setting, String hostSetting, String host, int port) throws IOException {
        InetAddress address = address(hostSetting, host);
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address, port));
            return socket;
        } catch (IOException e) {
            socket.close();
            String reason = String.valueOf(e.getMessage());
            if (reason.contains("assign requested address")) {
                throw new IllegalStateException(hostSetting + " " + host + " is not an address of this machine", e);
            }
            boolean inUse = e instanceof BindException && reason.contains("in use");
            String hint = reason.contains("Permission denied") ? ". Ports below 1024 need a privileged process." : "";
            throw new IllegalStateException(
                    setting + " " + port + " on " + host + (inUse ? " is in use: " : " cannot be bound: ") + reason
                            + hint,
                    e);
        }
    }
}
