package dev.nostrtrust.storm;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One keep-alive connection with at most one request under way. Belongs to the thread of its {@link Storm}. */
final class Wire {
    // Told from its header in the manner of (byte | 0x20), which leaves colon, minus and blank as they are.
    private static final byte[] CONTENT_LENGTH = "content-length: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CLOSE = "connection: close".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel channel;
    private final SelectionKey key;
    private ByteBuffer out = ByteBuffer.allocate(0);
    private byte[] in = new byte[2048];
    private int length;
    private @Nullable Errand errand;
    private boolean lost;

    /** A visit that is under way, and when it was due by System.nanoTime. */
    record Errand(Visit visit, long due) {}

    private Wire(SocketChannel channel, Selector selector) throws IOException {
        this.channel = channel;
        this.key = channel.register(selector, SelectionKey.OP_CONNECT, this);
    }

    static Wire open(SocketAddress server, Selector selector) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.connect(server);
        return new Wire(channel, selector);
    }

    @Nullable
    Errand errand() {
        return errand;
    }

    boolean isLost() {
        return lost;
    }

    void begin(Errand next) {
        errand = next;
        send(next.visit().first());
    }

    void send(byte[] request) {
        out = ByteBuffer.wrap(request);
        length = 0;
        if (channel.isConnected()) {
            write();
        }
    }

    void ended() {
        errand = null;
    }

    /** Moves what can be moved; returns an answer if one is complete. */
    @Nullable
    Response ready() {
        try {
            if (key.isConnectable() && channel.finishConnect()) {
                key.interestOps(SelectionKey.OP_READ);
            }
            if (!channel.isConnected()) {
                return null;
            }
            if (out.hasRemaining()) {
                write();
            }
            return key.isReadable() ? read() : null;
        } catch (IOException e) {
            lost = true;
            return null;
        }
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void write() {
        try {
            channel.write(out);
            key.interestOps(out.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        } catch (IOException e) {
            lost = true;
        }
    }

    private @Nullable Response read() throws IOException {
        if (length == in.length) {
            in = Arrays.copyOf(in, 2 * in.length);
        }
        int count = channel.read(ByteBuffer.wrap(in, length, in.length - length));
        if (count < 0) {
            lost = true;
            return null;
        }
        length += count;
        return complete();
    }

    private @Nullable Response complete() {
        int head = endOfHead();
        if (head < 0) {
            return null;
        }
        int at = find(CONTENT_LENGTH, head);
        int body = 0;
        for (int i = at; at > 0 && in[i] != '\r'; i++) {
            body = 10 * body + in[i] - '0';
        }
        if (length < head + body) {
            return null;
        }
        if (find(CLOSE, head) > 0) {
            lost = true;
        }
        int status = 100 * (in[9] - '0') + 10 * (in[10] - '0') + in[11] - '0';
        return new Response(status, in, head, head + body);
    }

    private int endOfHead() {
        for (int i = 3; i < length; i++) {
            if (in[i] == '\n' && in[i - 2] == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    /** Where the text behind this header begins, whose name is in lower case; -1 where there is none. */
    private int find(byte[] header, int head) {
        for (int line = 0; line < head - 2; line++) {
            if (in[line] == '\n' && starts(header, line + 1)) {
                return line + 1 + header.length;
            }
        }
        return -1;
    }

    private boolean starts(byte[] header, int from) {
        for (int i = 0; i < header.length; i++) {
            if ((in[from + i] | 0x20) != header[i]) {
                return false;
            }
        }
        return true;
    }
}
