package dev.nostrtrust.overload;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.observe.Metrics;
import dev.nostrtrust.ratelimit.ClientAddresses;
import io.micrometer.core.instrument.Gauge;
import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.AttributeKey;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.shareddata.Shareable;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one event loop, counted together with those of all others: beyond HTTP_CONNECTIONS, and beyond
 * HTTP_CONNECTIONS_PER_ADDRESS, a connection gets one answer, a refusal, and far beyond it none. Belongs to its event
 * loop.
 */
public final class ConnectionTracker {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionTracker.class);
    private static final AttributeKey<ConnectionGuard> GUARD = AttributeKey.valueOf(ConnectionTracker.class, "guard");
    /** How many connections too many are told so at a time, by one part in so many of the bound. */
    private static final int TOLD = 8;

    /** Between these, in bytes, a connection has answers enough that wait for its client, and gets no further ones. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(8 * 1024, 16 * 1024);

    private final Set<ConnectionGuard> open = new HashSet<>();
    private final ConnectionTimeouts limits;
    private final int bound;
    private final int boundPerAddress;
    private final ClientAddresses addresses;
    private final Supplier<byte[]> tooSlow;
    private final long untakenBound;
    private final Admission admission;
    private final Count count;
    private long due;

    /** How many are open in the whole process. */
    private static final class Count implements Shareable {
        private final AtomicInteger open = new AtomicInteger();
        private final AtomicInteger loops = new AtomicInteger();
        private final Map<String, Integer> addresses = new ConcurrentHashMap<>();

        static Count metered(Metrics metrics) {
            Count count = new Count();
            Gauge.builder("http.server.connections", count.open, AtomicInteger::get)
                    .description("Connections of clients that are open.")
                    .register(metrics.registry());
            return count;
        }
    }

    /**
     * Begins to watch over an event loop's connections, on that event loop.
     *
     * @param tooSlow the whole answer to a request whose head does not come in time
     */
    public ConnectionTracker(
            Vertx vertx, Settings settings, Metrics metrics, Admission admission, Supplier<byte[]> tooSlow) {
        this.limits = ConnectionTimeouts.of(settings);
        this.bound = settings.httpConnections();
        this.untakenBound = settings.httpUntakenLimit();
        this.admission = admission;
        this.boundPerAddress = settings.httpConnectionsPerAddress();
        this.addresses = ClientAddresses.of(settings);
        this.tooSlow = tooSlow;
        this.count = vertx.sharedData()
                .<String, Count>getLocalMap("http")
                .computeIfAbsent("connections", first -> Count.metered(metrics));
        this.count.loops.incrementAndGet();
        this.due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limits.tickMillis());
        vertx.setPeriodic(limits.tickMillis(), tick -> check());
    }

    /** Takes charge of a connection that was just accepted. */
    public void accepted(HttpConnection connection) {
        Channel channel =
                ((HttpServerConnection) connection).channelHandlerContext().channel();
        String address = boundedAddress(connection);
        int others = count.open.getAndIncrement();
        int same = address == null ? 0 : count.addresses.merge(address, 1, Integer::sum) - 1;
        channel.closeFuture().addListener(closed -> closed(address));
        if (isFarBeyond(others, bound) || isFarBeyond(same, boundPerAddress)) {
            channel.close().addListener(closed -> LOG.debug("no room for a connection of {}", channel.remoteAddress()));
            return;
        }
        ConnectionGuard guard = new ConnectionGuard(channel, limits, tooSlow, surplus(others, same), System.nanoTime());
        channel.config().setWriteBufferWaterMark(WATER_MARK);
        channel.attr(GUARD).set(guard);
        channel.pipeline().addFirst(guard);
        open.add(guard);
        channel.closeFuture().addListener(closed -> open.remove(guard));
    }

    /** What handles requests, and lets their connection's guard know of each before. */
    public Handler<HttpServerRequest> watching(Handler<HttpServerRequest> next) {
        return request -> {
            guard(request.connection()).begin(request, System.nanoTime());
            next.handle(request);
        };
    }

    /** The guard of a connection that was accepted here. */
    public static ConnectionGuard guard(HttpConnection connection) {
        return ((HttpServerConnection) connection)
                .channelHandlerContext()
                .channel()
                .attr(GUARD)
                .get();
    }

    /** Whether a connection that was accepted here is still open. */
    static boolean isOpen(HttpConnection connection) {
        return ((HttpServerConnection) connection)
                .channelHandlerContext()
                .channel()
                .isActive();
    }

    /** The address whose connections this one is counted with; null for a trusted proxy, which has any number. */
    private @Nullable String boundedAddress(HttpConnection connection) {
        SocketAddress peer = boundPerAddress == 0 ? null : connection.remoteAddress();
        return peer == null ? null : addresses.boundedNameOf(peer.hostAddress(), List.of());
    }

    private void closed(@Nullable String address) {
        count.open.decrementAndGet();
        if (address != null) {
            count.addresses.computeIfPresent(address, (name, open) -> open == 1 ? null : open - 1);
        }
    }

    /** Whether so many others are too many even to say so. */
    private static boolean isFarBeyond(int others, int bound) {
        return bound > 0 && others >= bound + bound / TOLD + 1;
    }

    private @Nullable String surplus(int others, int same) {
        if (others >= bound) {
            return "More connections are open than the server takes on.";
        }
        return boundPerAddress > 0 && same >= boundPerAddress
                ? "More connections are open from this address than one address may have."
                : null;
    }

    // What is ended is taken out of the set while it is walked, so that is a copy.
    private void check() {
        long now = System.nanoTime();
        admission.late(Math.max(0, now - due));
        due = now + TimeUnit.MILLISECONDS.toNanos(limits.tickMillis());
        List<ConnectionGuard> all = List.copyOf(open);
        all.forEach(guard -> guard.check(now));
        long untaken = all.stream().mapToLong(ConnectionGuard::untaken).sum();
        if (untaken > untakenBound / count.loops.get()) {
            cutTheSlowest(all, untaken - untakenBound / count.loops.get());
        }
    }

    /** Ends those first that have not taken their answers for the longest time. */
    private static void cutTheSlowest(List<ConnectionGuard> all, long tooMuch) {
        long left = tooMuch;
        List<ConnectionGuard> slowest = all.stream()
                .filter(guard -> guard.untaken() > 0)
                .sorted(Comparator.comparingLong(ConnectionGuard::untakenSince))
                .toList();
        for (ConnectionGuard guard : slowest) {
            if (left <= 0) {
                return;
            }
            left -= guard.untaken();
            guard.reset();
        }
    }
}
