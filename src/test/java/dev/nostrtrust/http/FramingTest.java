package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramingTest {
    private static final String GET = "GET /api/jobs?x=y HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String POST = "POST /api/jobs HTTP/1.1\r\nHost: x\r\ncontent-length: 2\r\n\r\n{}";

    private final Framing framing = new Framing();

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    @Test
    void a_plain_request_is_told_from_its_bytes() {
        assertThat(framing.whole(bytes(GET))).isEqualTo(new RequestBytes("/api/jobs?x=y", GET.length(), null, null));
        assertThat(framing.whole(bytes(POST))).isEqualTo(new RequestBytes("/api/jobs", POST.length(), null, null));
    }

    @Test
    void a_trace_is_read_and_bytes_are_left_as_they_are() {
        ByteBuf request = bytes("GET / HTTP/1.1\r\nTraceparent: 00-a-b-01\r\nConnection: keep-alive\r\n\r\n");
        int length = request.readableBytes();

        assertThat(framing.whole(request)).isEqualTo(new RequestBytes("/", length, "00-a-b-01", null));
        assertThat(request.readableBytes()).isEqualTo(length);
    }

    @Test
    void a_body_that_comes_later_is_waited_for() {
        assertThat(framing.whole(bytes(POST.substring(0, POST.length() - 2)))).isNull();
        assertThat(framing.whole(bytes("{"))).isNull();
        assertThat(framing.whole(bytes("}"))).isNull();

        assertThat(framing.whole(bytes(GET))).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.0\r\nHost: x\r\n\r\n",
                "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\n",
                "GET / HTTP/1.1\nHost: x\n\n",
                "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
                "POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                "POST / HTTP/1.1\r\nContent-Length : 2\r\n\r\n{}",
                "POST / HTTP/1.1\r\nContent-Length: +2\r\n\r\n{}",
                "POST / HTTP/1.1\r\nContent-Length: 2, 2\r\n\r\n{}",
                "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
                "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n{}",
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
                "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
                "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
                "GET / HTTP/1.1\r\nno header\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"
            })
    void behind_what_is_the_least_bit_unusual_nothing_is_told_any_more(String unusual) {
        assertThat(framing.whole(bytes(unusual))).isNull();

        assertThat(framing.whole(bytes(GET))).isNull();
    }
}
