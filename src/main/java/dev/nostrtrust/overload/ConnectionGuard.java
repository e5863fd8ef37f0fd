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
 * Enforces the timeouts of one connection. It sees the bytes before the HTTP codec: the first byte of a request, and
 * whether the client reads its answers. Belongs to the connection's event loop.
 */
public final class ConnectionGuard extends ChannelDuplexHandler {
    /** A client that reads a large answer must read this much within a send timeout. */
    private static final int PROGRESS_BYTES = 64 * 1024;

    private static final int LARGE_SEND_BUFFER = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionGuard.class);

    private final ConnectionTimeouts timeouts;
    private final Supplier<byte[]> timeoutResponse;
    private final @Nullable String refusalReason;
    private final Channel channel;

    private Phase phase = Phase.CONNECTED;
    private long phaseStart;
    private long unreadSince;
    private long unreadThen;
    private long extraNanos;
    private boolean pipelined;
    private boolean readPending;
    private @Nullable HttpServerRequest request;
    private @Nullable Handler<ApiError> timeoutHandler;
    private @Nullable Runnable writableHandler;

    private enum Phase {
        /** No byte has arrived yet. */
        CONNECTED,
        /** A request has begun to arrive and is not answered yet. */
        BUSY,
        /** All requests are answered. */
        IDLE,
        /** The last answer is sent. Further bytes are read and discarded, so that the client can read the answer. */
        CLOSING
    }

    /**
     * Creates the guard of a connection that was just accepted.
     *
     * @param timeoutResponse the complete response to a request whose head does not arrive in time
     * @param refusalReason detail of the refusal if the connection exceeds a limit, else null
     * @param now System.nanoTime
     */
    ConnectionGuard(
            Channel channel,
            ConnectionTimeouts timeouts,
            Supplier<byte[]> timeoutResponse,
            @Nullable String refusalReason,
            long now) {
        this.channel = channel;
        this.timeouts = timeouts;
        this.timeoutResponse = timeoutResponse;
        this.refusalReason = refusalReason;
        this.phaseStart = now;
        this.unreadSince = now;
    }

    /** Detail of the refusal if the connection exceeds a limit, else null. */
    @Nullable
    public String refusalReason() {
        return refusalReason;
    }

    /** The current request; null between requests. */
    @Nullable
    HttpServerRequest request() {
        return request;
    }

    /** Whether the client reads its answers. */
    public boolean isWritable() {
        return channel.isWritable();
    }

    /** Starts a request whose head has arrived. */
    void begin(HttpServerRequest begun, long now) {
        // A pipelined request may begin before the end of the previous one is reported.
        endIfAnswered(now);
        if (phase != Phase.BUSY) {
            phaseStart = now;
        }
        phase = Phase.BUSY;
        request = begun;
        timeoutHandler = null;
        extraNanos = 0;
        pipelined = false;
    }

    /** Sets the handler of the current request's timeout. It runs at most once. */
    public void onTimeout(Handler<ApiError> handler) {
        timeoutHandler = handler;
    }

    /** Restarts the answer timeout of the current request and extends it by this time. */
    public void extendAnswerTimeout(long nanos) {
        extraNanos = Math.min(Long.MAX_VALUE / 2, nanos) + System.nanoTime() - phaseStart;
    }

    /** Ends a request that is answered or abandoned. Does nothing if it has ended already. */
    void end(@Nullable HttpServerRequest ended, long now) {
        if (ended == null || request != ended) {
            return;
        }
        request = null;
        timeoutHandler = null;
        // Bytes behind the request are the beginning of the next one.
        phase = pipelined ? Phase.BUSY : Phase.IDLE;
        phaseStart = now;
        pipelined = false;
    }

    /** Runs an action when the client has read earlier answers. The request is paused until then. */
    void whenWritable(HttpServerRequest next, Runnable action) {
        if (channel.isWritable()) {
            action.run();
            return;
        }
        next.pause();
        writableHandler = () -> {
            next.resume();
            action.run();
        };
    }

    /** Ends the request or the connection if a timeout has passed. */
    void check(long now) {
        endIfAnswered(now);
        long unread = unreadBytes();
        if (unread == 0 || unread <= unreadThen - PROGRESS_BYTES) {
            unreadSince = now;
            unreadThen = unread;
        } else if (unread > unreadThen) {
            unreadThen = unread;
        }
        if (now - unreadSince > timeouts.sendNanos()) {
            reset();
            return;
        }
        long waited = now - phaseStart;
        switch (phase) {
            case CONNECTED -> {
                if (waited > (refusalReason != null ? timeouts.excessNanos() : timeouts.receiveNanos())) {
                    close();
                }
            }
            case BUSY -> checkRequest(now, waited);
            case CLOSING -> {
                if (waited > timeouts.lingerNanos()) {
                    close();
                }
            }
            case IDLE -> {}
        }
    }

    /** Bytes of answers that wait in this process for the client to read. */
    long unreadBytes() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes() - waiting.currentProgress();
    }

    /** Enlarges the send buffer in the kernel for an answer that is larger than the usual ones. */
    public void expectLargeAnswer() {
        channel.config().setOption(ChannelOption.SO_SNDBUF, LARGE_SEND_BUFFER);
    }

    /** The last check at which no bytes waited, or the client had read enough, as System.nanoTime. */
    long unreadSince() {
        return unreadSince;
    }

    /** Resets the connection: discards unsent bytes, including those in the kernel's buffer. */
    void reset() {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (phase == Phase.CLOSING) {
            ReferenceCountUtil.release(message);
            return;
        }
        long now = System.nanoTime();
        endIfAnswered(now);
        boolean first = phase != Phase.BUSY;
        if (first) {
            phase = Phase.BUSY;
            phaseStart = now;
        } else if (request != null && request.isEnded()) {
            pipelined = true;
        }
        super.channelRead(context, message);
    }

    /** Stops reading while the client does not read. */
    @Override
    public void read(ChannelHandlerContext context) throws Exception {
        if (channel.isWritable()) {
            super.read(context);
        } else {
            readPending = true;
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        super.channelWritabilityChanged(context);
        if (!channel.isWritable()) {
            return;
        }
        Runnable next = writableHandler;
        writableHandler = null;
        if (next != null) {
            next.run();
        }
        if (readPending) {
            readPending = false;
            context.read();
        }
    }

    // Some requests are answered before the AdmissionHandler. Nothing calls end for them.
    private void endIfAnswered(long now) {
        if (request != null && request.response().ended()) {
            end(request, now);
        }
    }

    // Closes on the network side. Vert.x's own close waits until everything is written.
    private ChannelHandlerContext context() {
        return channel.pipeline().context(this);
    }

    private void close() {
        context().close().addListener(closed -> LOG.debug("closed {}: timeout", channel.remoteAddress()));
    }

    private void checkRequest(long now, long waited) {
        HttpServerRequest current = request;
        if (current == null) {
            if (waited > timeouts.receiveNanos()) {
                phase = Phase.CLOSING;
                phaseStart = now;
                context()
                        .writeAndFlush(Unpooled.wrappedBuffer(timeoutResponse.get()))
                        .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            }
            return;
        }
        boolean complete = current.isEnded();
        Handler<ApiError> handler = timeoutHandler;
        if (handler != null && waited > (complete ? timeouts.answerNanos() + extraNanos : timeouts.receiveNanos())) {
            timeoutHandler = null;
            handler.handle(complete ? AdmissionHandler.answerTimeout() : AdmissionHandler.requestTimeout());
        }
    }
}
