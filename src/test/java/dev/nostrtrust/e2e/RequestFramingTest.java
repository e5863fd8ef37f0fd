package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Where a request begins and ends, and whom it is for (RFC 9112), at both ports. */
class RequestFramingTest {
    private static final String CHALLENGE = "POST /api/identity/challenge HTTP/1.1\r\nHost: trust.example\r\n";
    private static final String JSON = "Content-Type: application/json\r\n";

    private static TestServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String exchange(String request) {
        return HttpTest.exchange(server.port(), request);
    }

    /** What a server that is smuggled a second request to would answer twice. */
    private static void refusedAndClosed(String request) {
        String answer = exchange(request + "GET /api/trust/policy HTTP/1.1\r\nHost: x\r\n\r\n");

        assertThat(answer).as(request).matches("(?s)HTTP/1\\.[01] 400 .*\"code\":\"malformed_http\".*");
        assertThat(answer.split("HTTP/1", -1)).as(answer).hasSize(2);
        assertThat(answer).containsIgnoringCase("Connection: close").containsIgnoringCase("\r\ndate: ");
    }

    private static void refusedByBoth(String head) {
        refusedAndClosed("GET /api/trust/policy" + head);
        assertThat(HttpTest.exchange(server.managementPort(), "GET /health/live" + head))
                .as(head)
                .startsWith("HTTP/1.1 400 ")
                .containsIgnoringCase("\r\ndate: ");
    }

    @Test
    void a_request_has_exactly_one_valid_host() {
        refusedByBoth(" HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
        refusedByBoth(" HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
        refusedByBoth(" HTTP/1.1\r\nAccept: */*\r\n\r\n");
        for (String host :
                List.of("", "a b", "user@a", "a/b", "http://a", "a:80:80", "a:b", "[::1", "a,b@c", "a:123456")) {
            refusedByBoth(" HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        }
        for (String host : List.of("a_b:8080", "127.0.0.1", "[::1]:80", "A.example.", "xn--bcher-kva.example:")) {
            assertThat(exchange("GET /api/trust/policy HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                    .as(host)
                    .startsWith("HTTP/1.1 200 ");
        }
        assertThat(exchange("GET /api/trust/policy HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.0 200 ");
    }

    @Test
    void the_end_of_a_body_is_clear_or_the_request_is_refused() {
        String chunked = "\r\n2\r\n{}\r\n0\r\n\r\n";
        for (String coding : List.of(
                "identity",
                "xchunked",
                "chunked;q=1",
                "chunked, chunked",
                "gzip, chunked",
                "\"chunked\"",
                "chunked,",
                "")) {
            refusedAndClosed(CHALLENGE + JSON + "Transfer-Encoding: " + coding + "\r\n" + chunked);
        }
        refusedAndClosed(CHALLENGE + JSON + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" + chunked);
        refusedAndClosed(CHALLENGE + JSON + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" + chunked);
        refusedAndClosed(CHALLENGE + JSON + "Transfer-Encoding:\r\n chunked\r\n" + chunked);
        refusedAndClosed(CHALLENGE + JSON + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n" + chunked);
        refusedAndClosed(CHALLENGE + JSON + "Transfer-Encoding: chunked\r\nContent-Length: 12\r\n" + chunked);
        for (String length : List.of("+2", "-2", "2, 2", "0x2", "2 2", "", "99999999999999999999")) {
            refusedAndClosed(CHALLENGE + JSON + "Content-Length: " + length + "\r\n\r\n{}");
        }
        refusedAndClosed(CHALLENGE + JSON + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}");
        refusedAndClosed("GET /api/trust/policy HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n\r\n12345678");
        assertThat(exchange("POST /api/identity/challenge HTTP/1.0\r\n" + JSON + "Transfer-Encoding: chunked\r\n"
                        + chunked))
                .startsWith("HTTP/1.0 400 ");
    }

    @Test
    void heads_that_are_read_in_two_ways_are_refused() {
        refusedAndClosed("GET /api/trust/policy HTTP/2.0\r\nHost: x\r\n\r\n");
        refusedAndClosed("GET /api/trust/policy HTTP/0.9\r\nHost: x\r\n\r\n");
        refusedAndClosed("GET /api/trust/policy ICE/1.0\r\nHost: x\r\n\r\n");
        refusedAndClosed("GET api/trust/policy HTTP/1.1\r\nHost: x\r\n\r\n");
        refusedAndClosed("GET /api/trust/policy#here HTTP/1.1\r\nHost: x\r\n\r\n");
        refusedAndClosed("GET /api/trust/pol\u00efcy HTTP/1.1\r\nHost: x\r\n\r\n");
        refusedAndClosed("GET ftp://x/api/trust/policy HTTP/1.1\r\nHost: x\r\n\r\n");
        refusedAndClosed("GET http://user@x/api/trust/policy HTTP/1.1\r\nHost: x\r\n\r\n");
        refusedAndClosed("CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n");
        refusedAndClosed("GET /api/trust/policy HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n");
        refusedAndClosed("GET /api/trust/policy HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n");
        refusedAndClosed("GET /api/trust/policy HTTP/1.1\r\nHost: x\r\nA: b\u0000c\r\n\r\n");
        refusedAndClosed("GET /api/trust/policy HTTP/1.1\r\nHost: x\r\nA: b\rc: d\r\n\r\n");
        refusedAndClosed("GET /api/trust/policy HTTP/1.1\nHost: x\n\n");
    }

    @Test
    void forms_that_the_standard_allows_are_taken() {
        String rest = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

        assertThat(exchange("GET http://trust.example/api/trust/policy" + rest)).startsWith("HTTP/1.1 200 ");
        assertThat(exchange("GET HTTPS://trust.example:443/api/trust/policy?" + rest))
                .startsWith("HTTP/1.1 200 ");
        assertThat(exchange("TRACE /api/jobs" + rest)).startsWith("HTTP/1.1 405 ");
        assertThat(exchange("GET /api/trust/policy HTTP/1.9\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(exchange("\r\nGET /api/trust/policy" + rest)).startsWith("HTTP/1.1 200 ");
        assertThat(exchange("GET /api/trust/policy HTTP/1.1\r\nHost: x\r\nConnection: TE, Close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
        String chunked = CHALLENGE + JSON + "Connection: close\r\nTransfer-Encoding: Chunked\r\n\r\n";
        for (String chunks : List.of(
                "2\r\n{}\r\n0\r\n\r\n",
                "1\r\n{\r\n00000001\r\n}\r\n0\r\n\r\n",
                "2\r\n{}\r\n0\r\nT: x\r\n\r\n",
                "2;a\r\n{}\r\n0\r\n\r\n",
                "2 ; a=\"b;c\"\r\n{}\r\n0\r\n\r\n")) {
            assertThat(exchange(chunked + chunks)).as(chunks).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void a_chunk_that_is_none_is_the_clients_fault() {
        String head = CHALLENGE + JSON + "Transfer-Encoding: chunked\r\n\r\n";
        for (String chunks : List.of(
                "zz\r\n{}\r\n0\r\n\r\n",
                "-2\r\n{}\r\n0\r\n\r\n",
                " 2\r\n{}\r\n0\r\n\r\n",
                "2 \r\n{}\r\n0\r\n\r\n",
                "0x2\r\n{}\r\n0\r\n\r\n",
                "\r\n{}\r\n0\r\n\r\n",
                "2\r\n{}xx0\r\n\r\n",
                "2\n{}\n0\n\n",
                "100000002\r\n{}\r\n0\r\n\r\n",
                "10000000000000002\r\n{}\r\n0\r\n\r\n",
                "ffffffff\r\n{}\r\n0\r\n\r\n",
                "1\r\n{\r\n100000001\r\n}\r\n0\r\n\r\n")) {
            refusedAndClosed(head + chunks);
        }
    }

    @Test
    void a_client_that_leaves_in_the_middle_of_a_body_is_no_error_of_the_server() throws IOException {
        double before = errors();
        for (String part : List.of("Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\n{")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.setSoLinger(true, 0);
                socket.getOutputStream().write((CHALLENGE + JSON + part).getBytes(StandardCharsets.US_ASCII));
            }
        }

        assertThat(api.post("/api/identity/challenge").status()).isEqualTo(200);
        assertThat(errors()).isEqualTo(before);
    }

    @Test
    void a_refusal_that_says_close_closes_and_any_other_leaves_the_connection_open() {
        String rest = " HTTP/1.1\r\nHost: x\r\n";
        String get = "GET /nowhere" + rest + "\r\nGET /api/trust/me" + rest + "\r\nGET /api/trust/policy" + rest
                + "Connection: close\r\n\r\n";
        String bodiless = "POST /nowhere" + rest + "\r\nPOST /api/jobs/x/claim" + rest + "\r\nPOST /api/sessions" + rest
                + "Content-Length: 0\r\nConnection: close\r\n\r\n";
        String unfinished = "POST //nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345"
                + "GET /api/trust/policy HTTP/1.1\r\nHost: x\r\n\r\n";

        assertThat(exchange(get).split("HTTP/1.1 ", -1))
                .satisfiesExactly(
                        none -> assertThat(none).isEmpty(),
                        missing ->
                                assertThat(missing).startsWith("404 ").doesNotContainIgnoringCase("Connection: close"),
                        unproven ->
                                assertThat(unproven).startsWith("401 ").doesNotContainIgnoringCase("Connection: close"),
                        served -> assertThat(served).startsWith("200 "));
        assertThat(exchange(bodiless).split("HTTP/1.1 ", -1))
                .satisfiesExactly(
                        none -> assertThat(none).isEmpty(),
                        missing ->
                                assertThat(missing).startsWith("404 ").doesNotContainIgnoringCase("Connection: close"),
                        unproven ->
                                assertThat(unproven).startsWith("401 ").doesNotContainIgnoringCase("Connection: close"),
                        served -> assertThat(served).startsWith("201 "));
        assertThat(exchange(unfinished))
                .startsWith("HTTP/1.1 404 ")
                .containsIgnoringCase("Connection: close")
                .doesNotContain("HTTP/1.1 200 ");
    }

    private static double errors() {
        String metrics = HttpTest.exchange(
                server.managementPort(), "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        return metrics.lines()
                .filter(line -> line.startsWith("http_server_refusals_total{code=\"internal_error\"}"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }
}
