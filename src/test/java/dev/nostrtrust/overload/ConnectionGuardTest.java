package dev.nostrtrust.overload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.e2e.RawConnection;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Slow clients; the server has to end every connection here. */
@ExtendWith(VertxExtension.class)
class ConnectionGuardTest {
    private static final String GET = "GET /small HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final Json LARGE = Json.of("x".repeat(60_000));
    private static final int HUGE_LENGTH = 3_000_000;
    private static final Json HUGE = Json.of("x".repeat(HUGE_LENGTH));

    private RouteServer server;

    @BeforeEach
    void start(Vertx vertx) {
        server = RouteServer.start(
                vertx,
                Map.of("HTTP_RECEIVE_TIMEOUT", "500ms", "HTTP_SEND_TIMEOUT", "500ms"),
                ConnectionGuardTest::mount);
    }

    private static void mount(Routes routes) {
        routes.get("/small", request -> Future.succeededFuture(Reply.noContent()));
        routes.get("/large", request -> Future.succeededFuture(Reply.ok(LARGE)));
        routes.get("/huge", request -> Future.succeededFuture(Reply.ok(HUGE)));
        routes.post("/small", request -> Future.succeededFuture(Reply.noContent()));
    }

    /** A connection on which this was sent and answered; repeats it if a busy machine sent it too late. */
    private RawConnection used(String request, String status) throws IOException {
        for (int tries = 1; ; tries++) {
            RawConnection connection = RawConnection.to(server.port());
            try {
                assertThat(connection.send(request).answer()).startsWith("HTTP/1.1 " + status);
                return connection;
            } catch (IOException tooLate) {
                assertThat(tries).isLessThan(100);
                connection.close();
            }
        }
    }

    /** Goes on sending until there is an answer. */
    private static String drip(RawConnection connection, String each) throws IOException {
        for (int i = 0; i < 500 && !connection.isAnswered(); i++) {
            connection.send(each);
            Waiting.aMoment();
        }
        return connection.rest();
    }

    private static void assertTooSlow(String answer) {
        assertThat(answer)
                .startsWith("HTTP/1.1 408 Request Timeout\r\n")
                .contains("application/problem+json", "\"code\":\"request_timeout\"", "X-Trace-Id: ")
                .containsIgnoringCase("\r\nconnection: close\r\n")
                .containsPattern("(?i)\r\ndate: [^\r]+ GMT\r\n");
    }

    @Test
    void a_head_that_drips_is_cut_off() throws IOException {
        try (RawConnection connection = RawConnection.to(server.port())) {
            connection.send("GET / HTTP/1.1\r\n");

            assertTooSlow(drip(connection, "X: y\r\n"));
        }
    }

    @Test
    void a_head_that_drips_behind_a_whole_request_is_cut_off() throws IOException {
        try (RawConnection connection = used(GET, "204")) {
            connection.send("GET / HTTP/1.1\r\n");

            assertTooSlow(drip(connection, "X: y\r\n"));
        }
    }

    @Test
    void a_body_that_drips_is_cut_off() throws IOException {
        try (RawConnection connection = RawConnection.to(server.port())) {
            connection.send("POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n");

            assertTooSlow(drip(connection, " "));
        }
    }

    @Test
    void a_connection_on_which_nothing_arrives_is_closed_without_an_answer() throws IOException {
        try (RawConnection connection = RawConnection.to(server.port())) {
            assertThat(connection.rest()).isEmpty();
        }
    }

    @Test
    void a_connection_may_be_silent_for_longer_after_an_answer_or_a_refusal() throws IOException {
        try (RawConnection answered = used(GET, "204");
                RawConnection refused = used("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "400");
                RawConnection notRouted = used("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "400");
                RawConnection unused = RawConnection.to(server.port())) {
            // When this one is cut off, the others have been silent for as long.
            assertThat(unused.rest()).isEmpty();

            assertThat(answered.send(GET).answer()).startsWith("HTTP/1.1 204");
            assertThat(refused.send(GET).answer()).startsWith("HTTP/1.1 204");
            assertThat(notRouted.send(GET).answer()).startsWith("HTTP/1.1 204");
        }
    }

    @Test
    void a_client_that_reads_a_large_answer_steadily_may_take_longer_than_the_timeout() {
        Waiting.until(() -> readSteadily() > HUGE_LENGTH);
    }

    /** The number of bytes that a client got that reads 64 KiB at a time with pauses. */
    private long readSteadily() {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(16_384);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            socket.getOutputStream()
                    .write(GET.replace("/small", "/huge")
                            .replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            long read = 0;
            byte[] part = new byte[64 * 1024];
            int now;
            do {
                now = socket.getInputStream().readNBytes(part, 0, part.length);
                read += now;
                Waiting.aMoment();
            } while (now > 0);
            return read;
        } catch (IOException cutOff) {
            return 0;
        }
    }

    @Test
    void a_client_that_does_not_read_its_answers_is_cut_off() throws IOException {
        try (RawConnection connection = RawConnection.to(server.port(), 4096)) {
            connection.send(GET.replace("/small", "/large").repeat(1000));

            assertThatThrownBy(() -> {
                        for (int i = 0; i < 500; i++) {
                            connection.send("G");
                            Waiting.aMoment();
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }
}
