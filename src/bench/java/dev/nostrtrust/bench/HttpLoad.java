package dev.nostrtrust.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Sends requests over some connections from one thread. In a closed loop each connection sends its next request as soon
 * as it has an answer. In an open loop requests become due at a fixed rate; a request that finds no free connection
 * waits, and its latency counts from the time at which it was due.
 */
final class HttpLoad {
    private static final long HIGHEST_MICROS = 60_000_000;
    private static final int LONGEST_SILENCE_MILLIS = 1000;

    private final Selector selector;
    private final List<Client> clients = new ArrayList<>();
    private final Deque<Client> free = new ArrayDeque<>();
    private final Histogram micros = new Histogram(HIGHEST_MICROS, 3);
    private long start;
    private long sent;
    private int inFlight;
    private boolean allBusy;

    /** A connection, its requests, and the start of the one in flight. */
    private static final class Client {
        final HttpConnection connection;
        final Conversation conversation;
        long startedAt;

        Client(HttpConnection connection, Conversation conversation) {
            this.connection = connection;
            this.conversation = conversation;
        }
    }

    /** The latencies of all answers, and the time that they took together. */
    record Outcome(Histogram micros, double seconds) {
        double perSecond() {
            return micros.getTotalCount() / seconds;
        }
    }

    /** Opens one connection to this machine for each conversation. */
    HttpLoad(int port, List<? extends Conversation> conversations) throws IOException {
        selector = Selector.open();
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        for (Conversation conversation : conversations) {
            Client client = new Client(new HttpConnection(address), conversation);
            client.connection.register(selector, client);
            clients.add(client);
        }
    }

    /**
     * Runs until the time is over or every conversation has ended, and closes the connections.
     *
     * @param rate requests per second of an open loop; 0 for a closed loop
     */
    Outcome run(double seconds, double rate) throws IOException {
        start = System.nanoTime();
        long stop = start + (long) (seconds * 1e9);
        free.addAll(clients);
        while (System.nanoTime() < stop && (inFlight > 0 || !free.isEmpty())) {
            sendDue(rate);
            if (inFlight > 0 || rate > 0) {
                selector.select(this::receive, rate > 0 ? 1 : LONGEST_SILENCE_MILLIS);
            }
        }
        while (inFlight > 0) {
            selector.select(this::receive, LONGEST_SILENCE_MILLIS);
        }
        double took = (System.nanoTime() - start) / 1e9;
        for (Client client : clients) {
            client.connection.close();
        }
        selector.close();
        return new Outcome(micros, took);
    }

    /** Sends what is due, as far as connections are free. */
    private void sendDue(double rate) throws IOException {
        long now = System.nanoTime();
        while (!free.isEmpty() && due(rate) <= now) {
            // Only a request that had to wait for a connection is late by the server's fault.
            if (send(free.remove(), rate > 0 && allBusy ? due(rate) : now)) {
                sent++;
            }
        }
        allBusy = free.isEmpty();
    }

    /** When the next request is due. */
    private long due(double rate) {
        return rate == 0 ? start : start + (long) (sent * 1e9 / rate);
    }

    private boolean send(Client client, long due) throws IOException {
        ByteBuffer request = client.conversation.next();
        if (request == null) {
            return false;
        }
        client.startedAt = due;
        client.connection.send(request);
        inFlight++;
        return true;
    }

    private void receive(SelectionKey key) {
        Client client = (Client) key.attachment();
        try {
            if (client.connection.receive()) {
                inFlight--;
                micros.recordValue(Math.min(HIGHEST_MICROS, (System.nanoTime() - client.startedAt) / 1000));
                client.conversation.answered(client.connection.status(), client.connection.body());
                free.add(client);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
