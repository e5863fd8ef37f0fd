package dev.nostrtrust.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP connection with a switch: between a server and its database, or between any two.
 *
 * <p>Any thread may switch. A switch holds for all connections when its method returns: after {@link #hold} no byte
 * leaves the proxy, after {@link #cut} all connections are reset. Each connection takes 32 KiB, and there are at most
 * 4,096 of them; who sends to a side that does not read is not read from either.
 */
public final class FaultProxy implements AutoCloseable {
    private static final int MOST = 4096;
    private static final int WAITING_TO_BE_ACCEPTED = 1024;
    private static final long SWITCH_SECONDS = 30;

    private final InetSocketAddress target;
    private final ServerSocketChannel listener;
    private final Selector selector;
    private final SelectionKey accepting;
    private final Thread thread;
    private final Queue<Switch> switches = new ConcurrentLinkedQueue<>();
    private final Set<ProxiedConnection> connections = new HashSet<>();
    private Mode mode = Mode.PASS;
    private volatile boolean closed;
    private final AtomicLong accepted = new AtomicLong();
    private volatile int open;

    private enum Mode {
        PASS,
        HOLD,
        CUT
    }

    /** A command from another thread that waits for its result. */
    private record Switch(Mode to, CompletableFuture<Void> done) {}

    private FaultProxy(String own, InetSocketAddress target) throws IOException {
        this.target = target;
        listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(own, 0), WAITING_TO_BE_ACCEPTED);
        listener.configureBlocking(false);
        selector = Selector.open();
        accepting = listener.register(selector, SelectionKey.OP_ACCEPT);
        thread = new Thread(this::run, "fault-proxy-" + port());
        thread.setDaemon(true);
    }

    /** A proxy on a free port of 127.0.0.1 that passes everything on to there. */
    public static FaultProxy to(String host, int port) {
        return on("127.0.0.1", host, port);
    }

    /** The same on a free port of another address of this machine. */
    static FaultProxy on(String own, String host, int port) {
        try {
            FaultProxy proxy = new FaultProxy(own, new InetSocketAddress(host, port));
            proxy.thread.start();
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listener.socket().getLocalPort();
    }

    /** How many connections were accepted so far, those included that were reset at once. */
    long accepted() {
        return accepted.get();
    }

    /** The number of open connections, including held ones whose ends were closed. */
    int open() {
        return open;
    }

    /**
     * Bytes flow; those of connections that were held go on where they stopped. After {@link #cut} there are none of
     * those.
     */
    public void pass() {
        change(Mode.PASS);
    }

    /**
     * A network that drops everything: nothing flows in either direction, neither bytes nor the news that an end was
     * closed. New connections are accepted, and nothing comes back.
     */
    void hold() {
        change(Mode.HOLD);
    }

    /** All connections are reset, and new ones as soon as they are made. */
    public void cut() {
        change(Mode.CUT);
    }

    /** Resets all connections and listens no longer. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(SWITCH_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void change(Mode to) {
        if (closed) {
            throw new IllegalStateException("the proxy is closed");
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        switches.add(new Switch(to, done));
        selector.wakeup();
        try {
            done.get(SWITCH_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the proxy does not run", e);
        }
    }

    private void run() {
        try (listener;
                selector) {
            while (!closed) {
                selector.select();
                Set<SelectionKey> ready = selector.selectedKeys();
                for (SelectionKey key : List.copyOf(ready)) {
                    serve(key);
                }
                ready.clear();
                // After the keys: a switch must not be followed by what was ready before it.
                for (Switch next = switches.poll(); next != null; next = switches.poll()) {
                    turn(next);
                }
                connections.removeIf(ProxiedConnection::isOver);
                open = connections.size();
                accepting.interestOps(open < MOST ? SelectionKey.OP_ACCEPT : 0);
            }
            resetAll();
            open = 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void turn(Switch next) throws IOException {
        mode = next.to();
        if (mode == Mode.CUT) {
            resetAll();
            // A channel is closed when its selector lets go of it, and that has to be now.
            selector.selectNow();
            selector.selectedKeys().clear();
        }
        connections.forEach(this::settle);
        next.done().complete(null);
    }

    private void serve(SelectionKey key) throws IOException {
        if (key == accepting) {
            accept();
        } else if (key.isValid()) {
            ProxiedConnection connection = (ProxiedConnection) key.attachment();
            connection.move();
            settle(connection);
        }
    }

    private void accept() throws IOException {
        SocketChannel client = listener.accept();
        if (client == null) {
            return;
        }
        ProxiedConnection connection = new ProxiedConnection(client, target, selector);
        accepted.incrementAndGet();
        if (mode == Mode.CUT) {
            connection.reset();
        } else {
            connections.add(connection);
            settle(connection);
        }
    }

    private void settle(ProxiedConnection connection) {
        connection.listen(mode == Mode.PASS);
    }

    private void resetAll() {
        connections.forEach(ProxiedConnection::reset);
        connections.clear();
    }
}
