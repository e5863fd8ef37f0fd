package dev.nostrtrust.storm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Many connections that take their time: each sends its opening at once and a drip every half second, and reads or does
 * not. Says for how long the server let them. Belongs to one thread.
 */
final class SlowCrowd implements AutoCloseable {
    /** Faster, and what is measured is how many connections a second two cores can accept. */
    private static final int OPENED_PER_SECOND = 1000;

    private static final long DRIP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final InetSocketAddress server;
    private final Manner manner;
    private final Selector selector;
    private final List<Slow> all = new ArrayList<>();
    private final ByteBuffer in = ByteBuffer.allocate(65_536);
    private final Histogram lives = new Histogram();
    private int refused;
    private long looked;

    /**
     * What they do.
     *
     * @param opening what is sent first
     * @param drip what is sent again and again; nothing if it is empty
     * @param reads whether what comes is read
     */
    record Manner(String opening, String drip, boolean reads) {}

    /** One of them. */
    private static final class Slow {
        private final SocketChannel channel;
        private final long since = System.nanoTime();
        private long dripped = since;
        private boolean opened;

        Slow(SocketChannel channel) {
            this.channel = channel;
        }
    }

    SlowCrowd(int port, Manner manner) {
        this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.manner = manner;
        try {
            this.selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Opens this number of connections one after the other and keeps them for a time; closed connections are not
     * reopened.
     */
    void run(int size, Duration time) {
        try {
            long start = System.nanoTime();
            int begun = 0;
            while (begun < size || (System.nanoTime() - start < time.toNanos() && open() > 0)) {
                long due = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) * OPENED_PER_SECOND / 1000;
                for (; begun < Math.min(size, due); begun++) {
                    open(server);
                }
                step();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many are still connected. */
    int open() {
        return (int) all.stream().filter(slow -> slow.channel.isOpen()).count();
    }

    /** How long those lived that were cut off. */
    Histogram lives() {
        return lives;
    }

    /** How many were told 503. */
    int refused() {
        return refused;
    }

    @Override
    public void close() {
        try {
            for (Slow slow : all) {
                slow.channel.close();
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void open(InetSocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        if (!manner.reads()) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
        }
        Slow slow = new Slow(channel);
        channel.register(selector, SelectionKey.OP_CONNECT, slow);
        channel.connect(address);
        all.add(slow);
    }

    private void step() throws IOException {
        // Short, so that connections are opened one by one and not in bursts.
        selector.select(1);
        for (SelectionKey key : selector.selectedKeys()) {
            Slow slow = (Slow) key.attachment();
            attempt(slow, () -> ready(key, slow));
        }
        selector.selectedKeys().clear();
        long now = System.nanoTime();
        if (now - looked < LOOK_NANOS) {
            return;
        }
        looked = now;
        for (Slow slow : all) {
            if (slow.opened && slow.channel.isOpen() && now - slow.dripped > DRIP_NANOS) {
                slow.dripped = now;
                attempt(
                        slow,
                        () -> slow.channel.write(ByteBuffer.wrap(manner.drip().getBytes(StandardCharsets.ISO_8859_1)))
                                < 0);
            }
        }
    }

    private boolean ready(SelectionKey key, Slow slow) throws IOException {
        if (key.isConnectable() && slow.channel.finishConnect()) {
            slow.opened = true;
            key.interestOps(manner.reads() ? SelectionKey.OP_READ : 0);
            slow.channel.write(ByteBuffer.wrap(manner.opening().getBytes(StandardCharsets.ISO_8859_1)));
            return false;
        }
        in.clear();
        int count = slow.channel.read(in);
        if (count > 12 && in.get(9) == '5') {
            refused++;
        }
        return count < 0;
    }

    /** Does something that says whether the connection has ended; one that fails has. */
    private void attempt(Slow slow, Attempt attempt) throws IOException {
        boolean ended;
        try {
            ended = attempt.run();
        } catch (IOException cut) {
            ended = true;
        }
        if (ended) {
            lives.add((System.nanoTime() - slow.since) / 1000);
            slow.channel.close();
        }
    }

    private interface Attempt {
        boolean run() throws IOException;
    }
}
