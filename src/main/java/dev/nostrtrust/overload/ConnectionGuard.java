package dev.nostrtrust.overload;

import dev.nostrtrust.error.ApiError;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the bytes of one connection, before HTTP is made of them: when a request's first byte came, whether answers
 * are taken. Belongs to the connection's event loop.
 */
public final class ConnectionGuard extends ChannelDuplexHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionGuard.class);

    private final ConnectionTimeouts limits;
    private final Supplier<byte[]> tooSlow;
    private final @Nullable String surplus;
    private final Channel channel;

    private Phase phase = Phase.FRESH;
    private long since;
    private long untakenSince;
    private long patience;
    private boolean more;
    private boolean readHeld;
    private @Nullable HttpServerRequest request;
    private @Nullable Handler<ApiError> late;
    private @Nullable Runnable drained;

    private enum Phase {
        /** Connected, and nothing came yet. */
        FRESH,
        /** A request has begun to come and is not answered yet. */
        BUSY,
        /** Every request was answered. */
        IDLE,
        /**
         * The last word was said; what still comes is not listened to, but taken, so that the client gets to hear it.
         */
        LEAVING
    }

    /**
     * Makes the guard of a connection that was just accepted.
     *
     * @param tooSlow the whole answer to a request whose head does not come in time
     * @param surplus why the connection is one too many, which its first answer says; null where it is not
     */
    ConnectionGuard(
            Channel channel, ConnectionTimeouts limits, Supplier<byte[]> tooSlow, @Nullable String surplus, long now) {
        this.channel = channel;
        this.limits = limits;
        this.tooSlow = tooSlow;
        this.surplus = surplus;
        this.since = now;
        this.untakenSince = now;
    }

    /** Why the connection is one too many; null where it is not. */
    @Nullable
    public String surplus() {
        return surplus;
    }

    /** The request that has begun; null between requests. */
    @Nullable
    HttpServerRequest request() {
        return request;
    }

    /** Whether the client takes its answers. */
    public boolean isDrained() {
        return channel.isWritable();
    }

    /** A request's head is there. */
    void begin(HttpServerRequest begun, long now) {
        // A request that was pipelined begins before the end of the one before it is announced.
        endIfAnswered(now);
        if (phase != Phase.BUSY) {
            since = now;
        }
        phase = Phase.BUSY;
        request = begun;
        late = null;
        patience = 0;
        more = false;
    }

    /** Who is to be told, once, if the request that has begun comes or is answered too late. */
    public void whenLate(Handler<ApiError> tell) {
        late = tell;
    }

    /** The answer to the request may take so many nanoseconds longer than others, from now on. */
    public void patience(long nanos) {
        patience = Math.min(Long.MAX_VALUE / 2, nanos) + System.nanoTime() - since;
    }

    /** This request was answered, or will not be. Does nothing if it has ended already. */
    void end(@Nullable HttpServerRequest ended, long now) {
        if (ended == null || request != ended) {
            return;
        }
        request = null;
        late = null;
        // What came behind the request is the beginning of the next one.
        phase = more ? Phase.BUSY : Phase.IDLE;
        since = now;
        more = false;
    }

    /** Goes on with a request when earlier answers have been taken, so that they cannot pile up. */
    void whenDrained(HttpServerRequest next, Runnable on) {
        if (channel.isWritable()) {
            on.run();
            return;
        }
        next.pause();
        drained = () -> {
            next.resume();
            on.run();
        };
    }

    /** Looks whether something takes too long, and ends it. */
    void check(long now) {
        endIfAnswered(now);
        if (untaken() == 0) {
            untakenSince = now;
        } else if (now - untakenSince > limits.sendNanos()) {
            reset();
            return;
        }
        long waited = now - since;
        switch (phase) {
            case FRESH -> {
                if (waited > (surplus != null ? limits.surplusNanos() : limits.receiveNanos())) {
                    cut();
                }
            }
            case BUSY -> checkRequest(now, waited);
            case LEAVING -> {
                if (waited > limits.lingerNanos()) {
                    cut();
                }
            }
            case IDLE -> {}
        }
    }

    /** How many bytes of answers wait for the client. */
    long untaken() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    /** When it last had taken everything, as of the last check, by System.nanoTime. */
    long untakenSince() {
        return untakenSince;
    }

    /** Ends the connection at once: nobody waits for what is still in the kernel's buffers, either. */
    void reset() {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        cut();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (phase == Phase.LEAVING) {
            ReferenceCountUtil.release(message);
            return;
        }
        long now = System.nanoTime();
        endIfAnswered(now);
        boolean between = phase != Phase.BUSY;
        if (between) {
            phase = Phase.BUSY;
            since = now;
        } else if (request != null && request.isEnded()) {
            more = true;
        }
        super.channelRead(context, message);
    }

    /** Reads nothing from a client that does not read. */
    @Override
    public void read(ChannelHandlerContext context) throws Exception {
        if (channel.isWritable()) {
            super.read(context);
        } else {
            readHeld = true;
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        super.channelWritabilityChanged(context);
        if (!channel.isWritable()) {
            return;
        }
        Runnable next = drained;
        drained = null;
        if (next != null) {
            next.run();
        }
        if (readHeld) {
            readHeld = false;
            context.read();
        }
    }

    // Some requests are answered before the gate, and nobody says so.
    private void endIfAnswered(long now) {
        if (request != null && request.response().ended()) {
            end(request, now);
        }
    }

    // From here on towards the network: Vert.x, on the other side, would first wait until everything was written.
    private ChannelHandlerContext context() {
        return channel.pipeline().context(this);
    }

    private void cut() {
        context().close().addListener(closed -> LOG.debug("cut {} off: too slow", channel.remoteAddress()));
    }

    private void checkRequest(long now, long waited) {
        HttpServerRequest current = request;
        if (current == null) {
            if (waited > limits.receiveNanos()) {
                phase = Phase.LEAVING;
                since = now;
                context()
                        .writeAndFlush(Unpooled.wrappedBuffer(tooSlow.get()))
                        .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            }
            return;
        }
        boolean whole = current.isEnded();
        Handler<ApiError> tell = late;
        if (tell != null && waited > (whole ? limits.answerNanos() + patience : limits.receiveNanos())) {
            late = null;
            tell.handle(whole ? AdmissionHandler.answerTimeout() : AdmissionHandler.requestTimeout());
        }
    }
}
