package dev.nostrtrust.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A DNS server (RFC 1035, over UDP) that knows one name: to every question for an address it answers with the same
 * ones, as Kubernetes does for a headless service; to every other question with nothing.
 */
final class NameServer implements AutoCloseable {
    private static final int PORT = 53;
    private static final int HEADER = 12;
    private static final int TYPE_A = 1;
    private static final int CLASS_IN = 1;
    private static final int RESPONSE_OF_AUTHORITY = 0x8400;
    private static final int NAME_OF_QUESTION = 0xc00c;

    private final DatagramSocket socket;
    private final List<String> addresses;
    private final AtomicInteger asked = new AtomicInteger();

    private NameServer(DatagramSocket socket, List<String> addresses) {
        this.socket = socket;
        this.addresses = addresses;
    }

    /** Listens on port 53 of an address of ours. */
    static NameServer on(String host, List<String> addresses) {
        try {
            NameServer server =
                    new NameServer(new DatagramSocket(new InetSocketAddress(host, PORT)), List.copyOf(addresses));
            Thread thread = new Thread(server::serve, "name server");
            thread.setDaemon(true);
            thread.start();
            return server;
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many questions for an address it has answered. */
    int asked() {
        return asked.get();
    }

    @Override
    public void close() {
        socket.close();
    }

    private void serve() {
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[512], 512);
                socket.receive(packet);
                byte[] answer = answer(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        } catch (IOException e) {
            if (!socket.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private byte[] answer(ByteBuffer query) throws IOException {
        int end = HEADER;
        while (query.get(end) != 0) {
            end += 1 + query.get(end);
        }
        int type = query.getShort(end + 1);
        byte[] question = new byte[end + 5 - HEADER];
        query.get(HEADER, question);
        List<String> found = type == TYPE_A ? addresses : List.of();
        ByteBuffer answer = ByteBuffer.allocate(512);
        answer.putShort(query.getShort(0)).putShort((short) RESPONSE_OF_AUTHORITY);
        answer.putShort((short) 1).putShort((short) found.size()).putInt(0).put(question);
        asked.addAndGet(found.isEmpty() ? 0 : 1);
        for (String address : found) {
            answer.putShort((short) NAME_OF_QUESTION).putShort((short) TYPE_A).putShort((short) CLASS_IN);
            byte[] bytes = InetAddress.getByName(address).getAddress();
            answer.putInt(1).putShort((short) bytes.length).put(bytes);
        }
        byte[] message = new byte[answer.position()];
        answer.flip().get(message);
        return message;
    }
}
