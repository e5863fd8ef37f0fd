package dev.nostrtrust.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.internal.StringUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decodes requests, and refuses those whose end, target or host two recipients may understand differently (RFC 9112,
 * 3.2, 6.1, 6.3 and 7.1), where the decoder of Netty guesses. Belongs to one connection and its event loop.
 */
final class StrictRequestDecoder extends VertxHttpRequestDecoder {
    private static final String NAME = "httpDecoder";
    private static final byte LF = '\n';
    private static final int MAX_SIZE_DIGITS = 8;

    /** A name or an address in brackets, and a port (RFC 3986, 3.2.2 and 3.2.3). */
    private static final Pattern HOST =
            Pattern.compile("([A-Za-z0-9._~!$&'()*+,;=%-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{0,5})?");

    private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://" + HOST + "([/?].*)?");

    /** The last host that was found valid: clients send the same one again. */
    private @Nullable String validHost;
    /** How many bytes come before the line of the next chunk; below zero outside of chunked bodies. */
    private long untilSize = -1;

    private StrictRequestDecoder(HttpServerOptions options) {
        super(options);
    }

    /** Takes the place of the decoder of a connection that was just accepted. */
    static void install(HttpConnection connection, HttpServerOptions options) {
        ChannelPipeline pipeline =
                ((HttpServerConnection) connection).channelHandlerContext().pipeline();
        pipeline.replace(NAME, NAME, new StrictRequestDecoder(options));
    }

    /** Called once for each head, when all its headers are there and nothing was made of them. */
    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        if (message instanceof HttpRequest request) {
            checkVersion(request);
            checkTarget(request.uri());
            checkHost(request);
            checkLength(request);
            if (request.headers().contains("")) {
                throw new IllegalArgumentException("a header has no name");
            }
            markClose(request.headers());
        }
        return super.isContentAlwaysEmpty(message);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        if (untilSize == 0) {
            int length = in.bytesBefore(LF);
            if (length >= 0) {
                long size = chunkSize(in, length);
                untilSize = size == 0 ? -1 : length + 1 + size + 2;
            }
        }
        long due = untilSize;
        int before = in.readerIndex();
        super.decode(context, in, out);
        if (due > 0) {
            untilSize = due - (in.readerIndex() - before);
        }
    }

    private static void checkVersion(HttpRequest request) {
        HttpVersion version = request.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_0)) {
            // The version of the response, too.
            request.setProtocolVersion(HttpVersion.HTTP_1_1);
        }
        if (version.majorVersion() != 1 || !version.text().startsWith("HTTP/1.")) {
            throw new IllegalArgumentException("the version is not HTTP/1");
        }
    }

    private static void checkTarget(String target) {
        for (int i = 0; i < target.length(); i++) {
            char next = target.charAt(i);
            if (next <= ' ' || next >= 0x7f || next == '#') {
                throw new IllegalArgumentException("the target holds a character that no URI has");
            }
        }
        boolean known = target.startsWith("/")
                || target.equals("*")
                || ABSOLUTE.matcher(target).matches();
        if (!known) {
            throw new IllegalArgumentException("the target is none of this server");
        }
    }

    private void checkHost(HttpRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.size() == 1) {
            String host = hosts.get(0);
            if (!host.equals(validHost)) {
                if (!HOST.matcher(host).matches()) {
                    throw new IllegalArgumentException("the Host is none");
                }
                validHost = host;
            }
        } else if (!hosts.isEmpty() || !request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
            throw new IllegalArgumentException("there is not exactly one Host");
        }
    }

    private void checkLength(HttpRequest request) {
        HttpHeaders headers = request.headers();
        // Netty reads eight bytes behind a head with these, whatever it says of its length.
        if (headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1)) {
            throw new IllegalArgumentException("a draft of WebSocket is not known");
        }
        if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return;
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.size() != 1
                || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0))
                || headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                || !request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            throw new IllegalArgumentException("the end of the body is not clear");
        }
        untilSize = 0;
    }

    /** Vert.x finds the option only where it stands alone. */
    private static void markClose(HttpHeaders headers) {
        String options = headers.get(HttpHeaderNames.CONNECTION);
        if (options != null
                && options.indexOf(',') >= 0
                && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true)) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    /** The size in the line of a chunk: hexadecimal digits, and an extension behind them or none. */
    private static long chunkSize(ByteBuf in, int length) {
        int at = in.readerIndex();
        int end = at + length;
        long size = 0;
        int digits = 0;
        while (at < end && StringUtil.decodeHexNibble(in.getByte(at)) >= 0) {
            size = 16 * size + StringUtil.decodeHexNibble(in.getByte(at));
            digits++;
            at++;
        }
        int rest = at;
        while (at < end && (in.getByte(at) == ' ' || in.getByte(at) == '\t')) {
            at++;
        }
        boolean extended = at < end && in.getByte(at) == ';';
        boolean ended = rest == end - 1 && in.getByte(rest) == '\r';
        if (digits == 0 || digits > MAX_SIZE_DIGITS || size > Integer.MAX_VALUE || !(extended || ended)) {
            in.skipBytes(in.readableBytes());
            throw new DecoderException("the size of a chunk is none");
        }
        return size;
    }
}
