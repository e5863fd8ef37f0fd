package dev.nostrtrust.e2e;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.Socket;
import javax.net.SocketFactory;

/** Speaks to the port of an event bus as another node does that sees whether it is alive. Blocks. */
final class BusPing {
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final byte WIRE_VERSION = 2;
    private static final byte PING = 1;
    private static final byte SENT = 0;
    private static final int NO_HEADERS = 4;

    private BusPing() {}

    /** What the port answers: a byte of 1 from a bus that understood; nothing if it ends the connection before. */
    static byte[] answer(SocketFactory sockets, int port) {
        try (Socket socket = sockets.createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream().write(ping());
            socket.getOutputStream().flush();
            return socket.getInputStream().readNBytes(1);
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the connection is neither answered nor closed", e);
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private static byte[] ping() {
        Buffer message =
                Buffer.buffer().appendByte(WIRE_VERSION).appendByte(PING).appendByte(SENT);
        text(message, "__vertx_ping");
        text(message, "");
        text(message, "sender");
        message.appendInt(NO_HEADERS);
        return Buffer.buffer().appendInt(message.length()).appendBuffer(message).getBytes();
    }

    private static void text(Buffer message, String text) {
        message.appendInt(text.length()).appendString(text);
    }
}
