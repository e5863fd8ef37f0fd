package dev.nostrtrust.torture;

import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** HAProxy before the servers, as an operator would have it. Needs haproxy on the PATH. */
final class Balancer implements AutoCloseable {
    private final int port;
    private final Process process;

    private Balancer(int port, Process process) {
        this.port = port;
        this.process = process;
    }

    static Balancer before(List<ServerNode> nodes, Path directory) {
        int port = FreePorts.next();
        StringBuilder text = new StringBuilder("""
                global
                    maxconn 4096
                defaults
                    mode http
                    timeout connect 1s
                    timeout client 60s
                    timeout server 60s
                    retries 3
                    option redispatch
                frontend clients
                    bind 127.0.0.1:%d
                    default_backend nodes
                backend nodes
                    balance roundrobin
                    option httpchk GET /health/ready
                    default-server check inter 200ms fall 1 rise 1
                """.formatted(port));
        for (int i = 0; i < nodes.size(); i++) {
            text.append("    server node%d %s port %d%n"
                    .formatted(i, nodes.get(i).hostAndPort(), nodes.get(i).managementPort()));
        }
        try {
            Path configuration = Files.writeString(directory.resolve("haproxy.cfg"), text);
            Process process = new ProcessBuilder("haproxy", "-db", "-f", configuration.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("haproxy.log").toFile())
                    .start();
            Waiting.until(() -> listens(port));
            return new Balancer(port, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    String base() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
