package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What no HTTP client would send. */
class RawHttpTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Sends this and reads until the server closes the connection, which it has to do. */
    private static String exchange(TestServer server, String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(60_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void refused(String status, String code, String request) throws IOException {
        refused(server, status, code, request);
    }

    private static void refused(TestServer server, String status, String code, String request) throws IOException {
        String answer = exchange(server, request);

        assertThat(answer).matches("(?s)HTTP/1\\.[01] " + status + ".*");
        assertThat(answer)
                .contains("application/problem+json", "\"code\":\"" + code + "\"", "X-Trace-Id: ", "no-store");
    }

    @Test
    void what_is_too_long_or_no_http_is_a_problem_too() throws IOException {
        String longPath = "/" + "a".repeat(5000);
        String longHeader = "X: " + "a".repeat(20_000);

        refused("414", "uri_too_long", "GET " + longPath + " HTTP/1.1\r\nHost: x\r\n\r\n");
        refused("431", "headers_too_large", "GET / HTTP/1.1\r\nHost: x\r\n" + longHeader + "\r\n\r\n");
        refused("400", "malformed_http", "NONSENSE\r\n\r\n");
        refused("400", "malformed_http", "GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n");
    }

    @Test
    void odd_requests_are_the_clients_fault() throws IOException {
        String rest = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

        refused("400", "malformed_http", "GET /api/jobs/%zz" + rest);
        refused("400", "malformed_http", "OPTIONS *" + rest);
        refused(
                "417",
                "expectation_failed",
                "POST /api/jobs HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    }

    @Test
    void a_body_that_is_too_large_ends_the_connection() throws IOException {
        refused(
                "413",
                "body_too_large",
                "POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
                        + "a".repeat(20_000));
    }

    @Test
    void a_route_refuses_what_is_too_large_for_it_however_its_path_is_spelled() throws IOException {
        String rest = " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
                + "a".repeat(20_000);
        refused("400", "invalid_json", "POST /api/identity/verify" + rest);

        // A spelling that is not served is not found.
        for (String path : List.of("/api/identity/verify/", "//api/identity/verify", "/api/identity/%76erify")) {
            assertThat(exchange(server, "POST " + path + rest)).as(path).matches("(?s)HTTP/1\\.1 (400|404) .*");
        }
    }

    @Test
    void a_connection_that_ends_in_the_middle_of_a_body_harms_nobody() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write("POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
                            .getBytes(StandardCharsets.ISO_8859_1));
        }

        assertThat(Api.of(server).post("/api/identity/challenge").status()).isEqualTo(200);
    }
}
