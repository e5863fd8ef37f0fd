package dev.nostrtrust.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A keep-alive connection that parses no more of an answer than its status and its length. One request is in flight at
 * a time. Belongs to one thread.
 */
final class HttpConnection {
    private static final int SIZE = 1 << 18;
    private static final byte[] LENGTH = "content-length:".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel channel;
    private final ByteBuffer read = ByteBuffer.allocate(SIZE);
    private int status;
    private int bodyStart;
    private int end;

    HttpConnection(InetSocketAddress address) throws IOException {
        channel = SocketChannel.open(address);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
    }

    void register(Selector selector, Object attachment) throws IOException {
        channel.register(selector, SelectionKey.OP_READ, attachment);
    }

    /** Sends a request. Requests are small: the buffer of the socket has room for each. */
    void send(ByteBuffer request) throws IOException {
        read.clear();
        end = -1;
        while (request.hasRemaining()) {
            channel.write(request);
        }
    }

    /** Reads what has arrived. Returns whether the answer is complete. */
    boolean receive() throws IOException {
        if (channel.read(read) < 0) {
            throw new EOFException("the server has closed the connection");
        }
        if (end < 0) {
            readHead();
        }
        return end >= 0 && read.position() >= end;
    }

    int status() {
        return status;
    }

    ByteBuffer body() {
        return ByteBuffer.wrap(read.array(), bodyStart, end - bodyStart);
    }

    void close() throws IOException {
        channel.close();
    }

    private void readHead() {
        byte[] bytes = read.array();
        int length = read.position();
        int contentLength = -1;
        int line = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] != '\n') {
                continue;
            }
            if (i - line <= 1) {
                if (contentLength < 0) {
                    throw new IllegalStateException("an answer without Content-Length");
                }
                status = number(bytes, 9, 12);
                bodyStart = i + 1;
                end = bodyStart + contentLength;
                if (end > SIZE) {
                    throw new IllegalStateException("an answer of " + contentLength + " bytes");
                }
                return;
            }
            if (isLength(bytes, line, i)) {
                contentLength = number(bytes, line + LENGTH.length, i);
            }
            line = i + 1;
        }
    }

    private static boolean isLength(byte[] bytes, int from, int to) {
        if (to - from <= LENGTH.length || (bytes[from] | 0x20) != 'c') {
            return false;
        }
        byte[] name = Arrays.copyOfRange(bytes, from, from + LENGTH.length);
        for (int i = 0; i < name.length; i++) {
            name[i] |= (byte) (name[i] >= 'A' && name[i] <= 'Z' ? 0x20 : 0);
        }
        return Arrays.equals(name, LENGTH);
    }

    private static int number(byte[] bytes, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            if (bytes[i] >= '0' && bytes[i] <= '9') {
                number = 10 * number + bytes[i] - '0';
            }
        }
        return number;
    }
}
