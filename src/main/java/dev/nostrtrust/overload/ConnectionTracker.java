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
 * The open connections of one event loop. The counts cover all event loops. A connection beyond HTTP_CONNECTIONS or
 * HTTP_CONNECTIONS_PER_ADDRESS gets one answer, a refusal. A connection far beyond is closed without an answer. Belongs
 * to its event loop.
 */
public final class ConnectionTracker {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionTracker.class);
    private static final AttributeKey<ConnectionGuard> GUARD = AttributeKey.valueOf(ConnectionTracker.class, "guard");
    /** Connections beyond a limit by up to this fraction of it get a refusal. */
    private static final int REFUSED_FRACTION = 8;

    /** Unread answers of a connection, in bytes. Above the high mark it gets no further answers. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(8 * 1024, 16 * 1024);

    private final Set<ConnectionGuard> open = new HashSet<>();
    private final ConnectionTimeouts timeouts;
    private final int limit;
    private final int limitPerAddress;
    private final ClientAddresses addresses;
    private final Supplier<byte[]> timeoutResponse;
    private final long unreadLimit;
    private final Admission admission;
    private final Count count;
    private long nextCheck;

    /** Counts of the whole process. */
    private static final class Count implements Shareable {
        private final AtomicInteger open = new AtomicInteger();
        private final AtomicInteger loops = new AtomicInteger();
        private final Map<String, Integer> addresses = new ConcurrentHashMap<>();

        static Count metered(Metrics metrics) {
            Count count = new Count();
            Gauge.builder("http.server.connections", count.open, AtomicInteger::get)
                    .description("Open client connections.")
                    .register(metrics.registry());
            return count;
        }
    }

    /**
     * Starts to track the connections of the calling event loop.
     *
     * @param timeoutResponse the complete response to a request whose head does not arrive in time
     */
    public ConnectionTracker(
            Vertx vertx, Settings settings, Metrics metrics, Admission admission, Supplier<byte[]> timeoutResponse) {
        this.timeouts = ConnectionTimeouts.of(settings);
        this.limit = settings.httpConnections();
        this.unreadLimit = settings.httpUntakenLimit();
        this.admission = admission;
        this.limitPerAddress = settings.httpConnectionsPerAddress();
        this.addresses = ClientAddresses.of(settings);
        this.timeoutResponse = timeoutResponse;
        this.count = vertx.sharedData()
                .<String, Count>getLocalMap("http")
                .computeIfAbsent("connections", first -> Count.metered(metrics));
        this.count.loops.incrementAndGet();
        this.nextCheck = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeouts.checkIntervalMillis());
        vertx.setPeriodic(timeouts.checkIntervalMillis(), tick -> check());
    }

    /** Adds a connection that was just accepted. */
    public void add(HttpConnection connection) {
        Channel channel =
                ((HttpServerConnection) connection).channelHandlerContext().channel();
        String address = countedAddress(connection);
        int others = count.open.getAndIncrement();
        int fromAddress = address == null ? 0 : count.addresses.merge(address, 1, Integer::sum) - 1;
        channel.closeFuture().addListener(closed -> closed(address));
        if (isFarBeyond(others, limit) || isFarBeyond(fromAddress, limitPerAddress)) {
            channel.close()
                    .addListener(closed ->
                            LOG.debug("closed connection of {}: too many connections", channel.remoteAddress()));
            return;
        }
        ConnectionGuard guard = new ConnectionGuard(
                channel, timeouts, timeoutResponse, refusalReason(others, fromAddress), System.nanoTime());
        channel.config().setWriteBufferWaterMark(WATER_MARK);
        channel.attr(GUARD).set(guard);
        channel.pipeline().addFirst(guard);
        open.add(guard);
        channel.closeFuture().addListener(closed -> open.remove(guard));
    }

    /** A handler that reports each request to its connection's guard before it calls the next handler. */
    public Handler<HttpServerRequest> before(Handler<HttpServerRequest> next) {
        return request -> {
            guard(request.connection()).begin(request, System.nanoTime());
            next.handle(request);
        };
    }

    /** The guard of a tracked connection. */
    public static ConnectionGuard guard(HttpConnection connection) {
        return ((HttpServerConnection) connection)
                .channelHandlerContext()
                .channel()
                .attr(GUARD)
                .get();
    }

    /** Whether a connection is open. */
    static boolean isOpen(HttpConnection connection) {
        return ((HttpServerConnection) connection)
                .channelHandlerContext()
                .channel()
                .isActive();
    }

    /** The address that the connection counts for; null for a trusted proxy, which has no limit. */
    private @Nullable String countedAddress(HttpConnection connection) {
        SocketAddress peer = limitPerAddress == 0 ? null : connection.remoteAddress();
        return peer == null ? null : addresses.boundedNameOf(peer.hostAddress(), List.of());
    }

    private void closed(@Nullable String address) {
        count.open.decrementAndGet();
        if (address != null) {
            count.addresses.computeIfPresent(address, (name, open) -> open == 1 ? null : open - 1);
        }
    }

    /** Whether a connection is closed without an answer. */
    private static boolean isFarBeyond(int others, int limit) {
        return limit > 0 && others >= limit + limit / REFUSED_FRACTION + 1;
    }

    private @Nullable String refusalReason(int others, int fromAddress) {
        if (others >= limit) {
            return "Too many connections are open. Connect again later.";
        }
        return limitPerAddress > 0 && fromAddress >= limitPerAddress
                ? "Too many connections are open from this address. Close some, then connect again."
                : null;
    }

    // Closing a connection removes it from the set, so the loop runs over a copy.
    private void check() {
        long now = System.nanoTime();
        admission.recordLoopLag(Math.max(0, now - nextCheck));
        nextCheck = now + TimeUnit.MILLISECONDS.toNanos(timeouts.checkIntervalMillis());
        List<ConnectionGuard> all = List.copyOf(open);
        all.forEach(guard -> guard.check(now));
        long unreadBytes = all.stream().mapToLong(ConnectionGuard::unreadBytes).sum();
        if (unreadBytes > unreadLimit / count.loops.get()) {
            resetSlowest(all, unreadBytes - unreadLimit / count.loops.get());
        }
    }

    /** Resets connections until the excess is gone, longest unread first. */
    private static void resetSlowest(List<ConnectionGuard> all, long excess) {
        long left = excess;
        List<ConnectionGuard> slowest = all.stream()
                .filter(guard -> guard.unreadBytes() > 0)
                .sorted(Comparator.comparingLong(ConnectionGuard::unreadSince))
                .toList();
        for (ConnectionGuard guard : slowest) {
            if (left <= 0) {
                return;
            }
            left -= guard.unreadBytes();
            guard.reset();
        }
    }
}
