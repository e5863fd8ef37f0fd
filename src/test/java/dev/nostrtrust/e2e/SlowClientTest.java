package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.app.TestServer;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Slow clients. The server must end every connection here. */
class SlowClientTest {
    private static final String GET = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("HTTP_RECEIVE_TIMEOUT", "500ms", "HTTP_SEND_TIMEOUT", "500ms"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A connection on which this was sent and answered; tries again if a busy machine sent it too late. */
    private static RawConnection used(String request, String status) throws IOException {
        RawConnection connection = RawConnection.to(server);
        for (int tries = 1; ; tries++) {
            try {
                assertThat(connection.send(request).answer()).startsWith("HTTP/1.1 " + status);
                return connection;
            } catch (IOException tooLate) {
                assertThat(tries).isLessThan(100);
                connection.close();
                connection = RawConnection.to(server);
            }
        }
    }

    /** Goes on sending until there is an answer. */
    private static String drip(RawConnection connection, String each) throws IOException {
        for (int i = 0; i < 200 && !connection.isAnswered(); i++) {
            connection.send(each);
            pause();
        }
        return connection.rest();
    }

    private static void assertTooSlow(String answer) {
        assertThat(answer).startsWith("HTTP/1.1 408 Request Timeout\r\n");
        assertThat(answer).contains("application/problem+json", "\"code\":\"request_timeout\"", "X-Trace-Id: ");
        assertThat(answer).containsIgnoringCase("connection: close").containsPattern("(?i)\r\ndate: [^\r]+ GMT\r\n");
    }

    @Test
    void headers_that_drip_are_cut_off_however_steadily_they_do() throws IOException {
        try (RawConnection connection = RawConnection.to(server)) {
            connection.send("GET / HTTP/1.1\r\n");

            assertTooSlow(drip(connection, "X: y\r\n"));
        }
    }

    @Test
    void headers_that_drip_behind_a_whole_request_are_cut_off_too() throws IOException {
        try (RawConnection connection = used(GET, "200")) {
            connection.send("GET / HTTP/1.1\r\n");

            assertTooSlow(drip(connection, "X: y\r\n"));
        }
    }

    @Test
    void a_body_that_drips_is_cut_off_however_steadily_it_does() throws IOException {
        try (RawConnection connection = RawConnection.to(server)) {
            connection.send("POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n");

            assertTooSlow(drip(connection, " "));
        }
    }

    @Test
    void a_connection_on_which_nothing_is_said_is_closed_without_a_word() throws IOException {
        try (RawConnection connection = RawConnection.to(server)) {
            assertThat(connection.rest()).isEmpty();
        }
    }

    @Test
    void a_connection_that_was_used_may_be_silent_for_longer() throws IOException {
        try (RawConnection used = used(GET, "200");
                RawConnection unused = RawConnection.to(server)) {
            // By the time that this one is cut off, the other has been silent for as long.
            assertThat(unused.rest()).isEmpty();

            assertThat(used.send(GET).answer()).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void so_may_one_on_which_something_was_refused_before_it_got_anywhere() throws IOException {
        try (RawConnection used = used("GET /api/jobs/%zz HTTP/1.1\r\nHost: x\r\n\r\n", "400");
                RawConnection odd = used("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "400");
                RawConnection unused = RawConnection.to(server)) {
            assertThat(unused.rest()).isEmpty();

            assertThat(used.send(GET).answer()).startsWith("HTTP/1.1 200");
            assertThat(odd.send(GET).answer()).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void a_client_that_does_not_read_its_answers_is_cut_off() throws IOException {
        String document = "GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n";
        try (RawConnection connection = RawConnection.to(server, 4096)) {
            connection.send(document.repeat(1000));

            assertThatThrownBy(() -> {
                        for (int i = 0; i < 200; i++) {
                            connection.send("G");
                            pause();
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }
}
