package dev.nostrtrust;

import dev.nostrtrust.platform.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ports that a server is about to listen on. */
final class Ports {
    private static final Logger LOG = LoggerFactory.getLogger(Ports.class);

    private Ports() {}

    /**
     * Looks whether both can be had, before anything is started that would have to be stopped again. Blocks.
     *
     * @throws IllegalStateException naming the one that cannot, and why
     */
    static void expectFree(Settings settings) {
        // Both are held for a moment: each may be free, and yet be the other.
        try (ServerSocket api = bound("HTTP_PORT", settings.httpHost(), settings.httpPort());
                ServerSocket management =
                        bound("MANAGEMENT_PORT", settings.managementHost(), settings.managementPort())) {
            LOG.debug("free: {} and {}", api, management);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ServerSocket bound(String setting, String host, int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
            return socket;
        } catch (IOException e) {
            socket.close();
            String why = String.valueOf(e.getMessage());
            boolean taken = e instanceof BindException && why.contains("in use");
            throw new IllegalStateException(
                    setting + " " + port + " on " + host + (taken ? " is taken: " : " cannot be listened on: ") + why,
                    e);
        }
    }
}
