package dev.nostrtrust.torture;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** A client's connection and the one to the target that goes with it. For the proxy's own thread. */
final class ProxiedConnection {
    private final InetSocketAddress target;
    private final Side client;
    private final Side server;
    private final Flow up;
    private final Flow down;
    private boolean connecting;
    private boolean over;

    /** One end of it. */
    private record Side(SocketChannel channel, SelectionKey key) {
        static Side of(SocketChannel channel, Selector selector, ProxiedConnection owner) throws IOException {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return new Side(channel, channel.register(selector, 0, owner));
        }
    }

    /** What goes from one end to the other, with at most one buffer of it here. */
    private static final class Flow {
        private static final int BYTES = 16 * 1024;

        private final SocketChannel from;
        private final SocketChannel to;
        private final ByteBuffer waiting = ByteBuffer.allocate(BYTES);
        private boolean ended;
        private boolean done;

        private Flow(SocketChannel from, SocketChannel to) {
            this.from = from;
            this.to = to;
        }

        private boolean wantsMore() {
            return !ended && waiting.hasRemaining();
        }

        private boolean hasSome() {
            return waiting.position() > 0;
        }

        private void move() throws IOException {
            if (done) {
                return;
            }
            if (wantsMore() && from.read(waiting) < 0) {
                ended = true;
            }
            waiting.flip();
            to.write(waiting);
            waiting.compact();
            if (ended && !hasSome()) {
                to.shutdownOutput();
                done = true;
            }
        }
    }

    /** Takes a connection that was accepted; the one to the target is made when it may listen. */
    ProxiedConnection(SocketChannel accepted, InetSocketAddress target, Selector selector) throws IOException {
        this.target = target;
        client = Side.of(accepted, selector, this);
        server = Side.of(SocketChannel.open(), selector, this);
        up = new Flow(client.channel(), server.channel());
        down = new Flow(server.channel(), client.channel());
    }

    /** Whether both ends are closed. */
    boolean isOver() {
        return over;
    }

    /** Moves what can be moved without waiting; an end that fails takes the other one with it. */
    void move() {
        try {
            if (connecting) {
                connecting = !server.channel().finishConnect();
                return;
            }
            up.move();
            down.move();
            if (up.done && down.done) {
                close();
            }
        } catch (IOException e) {
            reset();
        }
    }

    /** Says whether it may go on, as soon as there is something to do; otherwise nothing at all is done. */
    void listen(boolean on) {
        try {
            if (on && !over && !connecting && !server.channel().isConnected()) {
                connecting = !server.channel().connect(target);
            }
        } catch (IOException e) {
            reset();
        }
        if (!over) {
            client.key().interestOps(on && !connecting ? interest(up, down) : 0);
            server.key().interestOps(on ? connecting ? SelectionKey.OP_CONNECT : interest(down, up) : 0);
        }
    }

    private static int interest(Flow out, Flow in) {
        return (out.wantsMore() ? SelectionKey.OP_READ : 0) | (in.hasSome() ? SelectionKey.OP_WRITE : 0);
    }

    /** Closes both ends as a crash would: the peers are told by a reset. */
    void reset() {
        try {
            client.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
            server.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            // An end that is gone already needs no reset.
        }
        close();
    }

    private void close() {
        over = true;
        try (client.channel;
                server.channel) {
            client.key().cancel();
            server.key().cancel();
        } catch (IOException e) {
            // Closed it is in any case.
        }
    }
}
