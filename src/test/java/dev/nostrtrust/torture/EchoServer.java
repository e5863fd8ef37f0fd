package dev.nostrtrust.torture;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;

/** Says back what it hears, on a free port of 127.0.0.1. */
final class EchoServer implements AutoCloseable {
    private final AtomicLong heard = new AtomicLong();
    private final ServerSocket listener;

    private EchoServer() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    static EchoServer start() throws IOException {
        EchoServer server = new EchoServer();
        inBackground(server::acceptAll);
        return server;
    }

    int port() {
        return listener.getLocalPort();
    }

    /** How many bytes it has heard of all clients together. */
    long heard() {
        return heard.get();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                inBackground(() -> answer(socket));
            } catch (IOException e) {
                // The test is over.
                return;
            }
        }
    }

    private void answer(Socket socket) {
        try (socket) {
            byte[] buffer = new byte[64 * 1024];
            for (int n = socket.getInputStream().read(buffer);
                    n >= 0;
                    n = socket.getInputStream().read(buffer)) {
                heard.addAndGet(n);
                socket.getOutputStream().write(buffer, 0, n);
            }
        } catch (IOException e) {
            // The proxy has cut it off.
        }
    }

    private static void inBackground(Runnable task) {
        Thread thread = new Thread(task, "echo");
        thread.setDaemon(true);
        thread.start();
    }
}
