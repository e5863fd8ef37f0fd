package dev.nostrtrust.storm;

import dev.nostrtrust.storm.Wire.Errand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A load generator that does not wait for the server: visits come when they are due, and each is measured from then on.
 * One thread, over keep-alive connections to 127.0.0.1 whose number is bounded; what finds none for
 * {@link #CONNECTION_TIMEOUT} counts as unsent.
 */
final class Storm implements AutoCloseable {
    private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration DRAIN = Duration.ofSeconds(12);

    private final InetSocketAddress server;
    private final int bound;
    private final Selector selector;
    private final Queue<Wire> idle = new ArrayDeque<>();
    private final Set<Wire> all = new HashSet<>();
    private final Queue<Errand> due = new ArrayDeque<>();

    Storm(int port, int connections) {
        this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.bound = connections;
        try {
            this.selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends visits at an even rate for a time, waits for the last answers, and says what became of them. */
    Tally run(Supplier<? extends Visit> visits, double perSecond, Duration time) {
        Tally tally = new Tally(time);
        long start = System.nanoTime();
        long end = start + time.toNanos();
        long total = (long) (perSecond * time.toMillis() / 1000.0);
        long sent = 0;
        while (true) {
            long now = System.nanoTime();
            while (sent < total && start + (long) (sent * 1e9 / perSecond) <= now) {
                due.add(new Errand(visits.get(), start + (long) (sent * 1e9 / perSecond)));
                tally.offered();
                sent++;
            }
            dispatch(tally, now);
            boolean quiet = due.isEmpty() && idle.size() == all.size();
            if (sent == total && (quiet || now > end + DRAIN.toNanos())) {
                break;
            }
            turn(tally);
        }
        abandon(tally);
        return tally;
    }

    @Override
    public void close() {
        try {
            all.forEach(Wire::close);
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void dispatch(Tally tally, long now) {
        while (!due.isEmpty() && now - due.element().due() > CONNECTION_TIMEOUT.toNanos()) {
            due.remove();
            tally.unsent();
        }
        while (!due.isEmpty()) {
            Wire wire = wire();
            if (wire == null) {
                return;
            }
            wire.begin(due.remove());
            if (wire.isLost()) {
                drop(wire, tally);
            }
        }
    }

    private @Nullable Wire wire() {
        Wire free = idle.poll();
        if (free != null || all.size() >= bound) {
            return free;
        }
        try {
            Wire fresh = Wire.open(server, selector);
            all.add(fresh);
            return fresh;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void turn(Tally tally) {
        try {
            selector.select(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (SelectionKey key : selector.selectedKeys()) {
            Wire wire = (Wire) key.attachment();
            Response answer = key.isValid() ? wire.ready() : null;
            if (answer != null) {
                answered(wire, answer, tally);
            }
            if (wire.isLost()) {
                drop(wire, tally);
            }
        }
        selector.selectedKeys().clear();
    }

    private void answered(Wire wire, Response answer, Tally tally) {
        Errand errand = wire.errand();
        if (errand == null) {
            return;
        }
        byte[] next = answer.status() < 300 && !wire.isLost() ? errand.visit().next(answer) : null;
        if (next != null) {
            wire.send(next);
            return;
        }
        tally.answered(answer, errand.due());
        wire.ended();
        if (!wire.isLost()) {
            idle.add(wire);
        }
    }

    private void drop(Wire wire, Tally tally) {
        if (wire.errand() != null) {
            tally.broken();
        }
        wire.ended();
        all.remove(wire);
        idle.remove(wire);
        wire.close();
    }

    private void abandon(Tally tally) {
        for (Wire wire : Set.copyOf(all)) {
            if (wire.errand() != null) {
                drop(wire, tally);
            }
        }
        due.clear();
    }
}
