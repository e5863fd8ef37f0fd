package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** More connections than are taken on: two, in these tests. */
class ConnectionsTest {
    private static final String GET = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";

    private static boolean isServed(TestServer server) {
        try (RawConnection connection = RawConnection.to(server)) {
            return connection.send(GET).answer().startsWith("HTTP/1.1 200");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void one_connection_too_many_is_told_so_and_closed_and_there_is_room_again_when_another_ends() throws IOException {
        try (TestServer server = TestServer.start(Map.of("HTTP_CONNECTIONS", "2"));
                RawConnection first = RawConnection.to(server)) {
            try (RawConnection second = RawConnection.to(server);
                    RawConnection third = RawConnection.to(server)) {
                assertThat(first.send(GET).answer()).startsWith("HTTP/1.1 200");
                assertThat(second.send(GET).answer()).startsWith("HTTP/1.1 200");

                String refusal = third.send(GET).rest();

                assertThat(refusal).startsWith("HTTP/1.1 503 Service Unavailable\r\n");
                assertThat(refusal).contains("application/problem+json", "\"code\":\"overloaded\"", "Retry-After: 1");
                assertThat(refusal.toLowerCase(java.util.Locale.ROOT)).contains("connection: close");
                assertThat(first.send(GET).answer()).startsWith("HTTP/1.1 200");
            }
            Waiting.until(() -> isServed(server));
        }
    }

    @Test
    void many_connections_too_many_are_closed_without_a_word() throws IOException {
        try (TestServer server = TestServer.start(Map.of("HTTP_CONNECTIONS", "2"));
                RawConnection first = RawConnection.to(server);
                RawConnection second = RawConnection.to(server)) {
            assertThat(first.send(GET).answer()).startsWith("HTTP/1.1 200");
            assertThat(second.send(GET).answer()).startsWith("HTTP/1.1 200");
            try (RawConnection told = RawConnection.to(server);
                    RawConnection notTold = RawConnection.to(server)) {
                assertThat(notTold.rest()).isEmpty();
                assertThat(told.rest())
                        .as("what is said to a surplus connection that asks nothing")
                        .isEmpty();
            }
        }
    }
}
