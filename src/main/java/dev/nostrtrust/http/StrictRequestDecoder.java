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
 * Decodes requests and refuses those whose end, target or host is ambiguous (RFC 9112, sections 3.2, 6.1, 6.3 and 7.1),
 * where Netty's decoder guesses. Belongs to one connection and its event loop.
 */
final class StrictRequestDecoder extends VertxHttpRequestDecoder {
    private static final String NAME = "httpDecoder";
    private static final byte LF = '\n';
    private static final int MAX_SIZE_DIGITS = 8;

    /** A name or a bracketed address, and an optional port (RFC 3986, sections 3.2.2 and 3.2.3). */
    private static final Pattern HOST =
            Pattern.compile("([A-Za-z0-9._~!$&'()*+,;=%-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{0,5})?");

    private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://" + HOST + "([/?].*)?");

    /** The last valid host. Clients send the same one again. */
    private @Nullable String validHost;
    /** Bytes before the next chunk size line; negative outside chunked bodies. */
    private long untilSize = -1;

    private StrictRequestDecoder(HttpServerOptions options) {
        super(options);
    }

    /** Replaces the decoder of a new connection. */
    static void install(HttpConnection connection, HttpServerOptions options) {
        ChannelPipeline pipeline =
                ((HttpServerConnection) connection).channelHandlerContext().pipeline();
        pipeline.replace(NAME, NAME, new StrictRequestDecoder(options));
    }

    /** Called once per head, after its headers are read and before they are used. */
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
            // Also the version of the response.
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
                throw new IllegalArgumentException("the target has a character that is not allowed in a URI");
            }
        }
        boolean known = target.startsWith("/")
                || target.equals("*")
                || ABSOLUTE.matcher(target).matches();
        if (!known) {
            throw new IllegalArgumentException("the target is not a path of this server");
        }
    }

    private void checkHost(HttpRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.size() == 1) {
            String host = hosts.get(0);
            if (!host.equals(validHost)) {
                if (!HOST.matcher(host).matches()) {
                    throw new IllegalArgumentException("the Host header is invalid");
                }
                validHost = host;
            }
        } else if (!hosts.isEmpty() || !request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
            throw new IllegalArgumentException("the number of Host headers is not one");
        }
    }

    private void checkLength(HttpRequest request) {
        HttpHeaders headers = request.headers();
        // For these Netty reads eight bytes after the head, regardless of Content-Length.
        if (headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1)) {
            throw new IllegalArgumentException("drafts of WebSocket are not supported");
        }
        if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return;
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.size() != 1
                || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0))
                || headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                || !request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            throw new IllegalArgumentException("the length of the body is ambiguous");
        }
        untilSize = 0;
    }

    /** Isolates {@code close}: Vert.x does not find it in a list of options. */
    private static void markClose(HttpHeaders headers) {
        String options = headers.get(HttpHeaderNames.CONNECTION);
        if (options != null
                && options.indexOf(',') >= 0
                && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true)) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    /** The size in a chunk size line: hexadecimal digits and an optional extension. */
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
            throw new DecoderException("a chunk size is invalid");
        }
        return size;
    }
}
