package dev.nostrtrust.e2e;

import dev.nostrtrust.app.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection on which a test says exactly what it wants, when it wants. */
public final class RawConnection implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 60_000;

    private final Socket socket = new Socket();

    private RawConnection() {}

    static RawConnection to(TestServer server) throws IOException {
        return to(server, 0);
    }

    static RawConnection to(TestServer server, int receiveBuffer) throws IOException {
        return to(server.port(), receiveBuffer);
    }

    /** A connection to this port of this machine. */
    public static RawConnection to(int port) throws IOException {
        return to(port, 0);
    }

    /** A connection with this receive buffer in bytes; 0 for the default. */
    public static RawConnection to(int port, int receiveBuffer) throws IOException {
        RawConnection connection = new RawConnection();
        if (receiveBuffer > 0) {
            connection.socket.setReceiveBufferSize(receiveBuffer);
        }
        connection.socket.setSoTimeout(TIMEOUT_MILLIS);
        connection.socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return connection;
    }

    /** A connection from another address of this machine, such as 127.0.0.2. */
    public static RawConnection from(String address, int port) throws IOException {
        RawConnection connection = new RawConnection();
        connection.socket.setSoTimeout(TIMEOUT_MILLIS);
        connection.socket.bind(new InetSocketAddress(address, 0));
        connection.socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return connection;
    }

    public RawConnection send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Whether an answer has begun to come. */
    public boolean isAnswered() throws IOException {
        return socket.getInputStream().available() > 0;
    }

    /** One whole answer. */
    public String answer() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("the connection ended behind " + head.toString(StandardCharsets.ISO_8859_1));
            }
            head.write(next);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        String length =
                text.startsWith("HTTP/1.1 204") ? "0" : text.replaceAll("(?is).*content-length: (\\d+).*", "$1");
        return text + new String(socket.getInputStream().readNBytes(Integer.parseInt(length)), StandardCharsets.UTF_8);
    }

    /** Reads on until this has come, and returns all of it. */
    public String until(String text) throws IOException {
        StringBuilder come = new StringBuilder();
        while (come.indexOf(text) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("the connection ended behind " + come);
            }
            come.append((char) next);
        }
        return come.toString();
    }

    /** Everything until the server closes the connection, which it has to do. */
    public String rest() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
