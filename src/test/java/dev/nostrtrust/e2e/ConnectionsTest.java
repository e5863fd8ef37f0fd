package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** More connections than are taken on: two, in these tests. */
class ConnectionsTest {
    private static final String GET = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";

    private final List<RawConnection> more = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (RawConnection connection : more) {
            connection.close();
        }
    }

    private static boolean isServed(TestServer server) {
        try (RawConnection connection = RawConnection.to(server)) {
            return connection.send(GET).answer().startsWith("HTTP/1.1 200");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_connection_beyond_the_limit_is_refused_and_accepted_again_after_another_ends() throws IOException {
        try (TestServer server = TestServer.start(Map.of("HTTP_CONNECTIONS", "2"));
                RawConnection first = RawConnection.to(server)) {
            try (RawConnection second = RawConnection.to(server);
                    RawConnection third = RawConnection.to(server)) {
                assertThat(first.send(GET).answer()).startsWith("HTTP/1.1 200");
                assertThat(second.send(GET).answer()).startsWith("HTTP/1.1 200");

                String refusal = third.send(GET).rest();

                assertThat(refusal).startsWith("HTTP/1.1 503 Service Unavailable\r\n");
                assertThat(refusal).contains("application/problem+json", "\"code\":\"overloaded\"", "Retry-After: 1");
                assertThat(refusal)
                        .containsIgnoringCase("\r\nconnection: close")
                        .containsIgnoringCase("\r\ndate: ");
                assertThat(first.send(GET).answer()).startsWith("HTTP/1.1 200");
            }
            Waiting.until(() -> isServed(server));
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has 127.0.0.2")
    void one_address_may_not_use_all_connections_unless_it_is_a_trusted_proxy() throws IOException {
        Map<String, String> settings =
                Map.of("HTTP_CONNECTIONS_PER_ADDRESS", "2", "TRUSTED_PROXIES", "127.0.0.3", "HTTP_HOST", "0.0.0.0");
        try (TestServer server = TestServer.start(settings);
                RawConnection first = RawConnection.to(server);
                RawConnection second = RawConnection.to(server)) {
            assertThat(first.send(GET).answer()).startsWith("HTTP/1.1 200");
            assertThat(second.send(GET).answer()).startsWith("HTTP/1.1 200");
            try (RawConnection third = RawConnection.to(server);
                    RawConnection farTooMany = RawConnection.to(server)) {
                assertThat(third.send(GET).rest())
                        .startsWith("HTTP/1.1 503 Service Unavailable\r\n")
                        .contains("\"code\":\"overloaded\"", "from this address");
                assertThat(farTooMany.rest()).isEmpty();
            }
            assertThat(first.send(GET).answer()).startsWith("HTTP/1.1 200");

            for (String address : List.of("127.0.0.2", "127.0.0.3", "127.0.0.3", "127.0.0.3")) {
                more.add(RawConnection.from(address, server));
            }
            for (RawConnection another : more) {
                assertThat(another.send(GET).answer()).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void connections_far_beyond_the_limit_are_closed_without_an_answer() throws IOException {
        try (TestServer server = TestServer.start(Map.of("HTTP_CONNECTIONS", "2"));
                RawConnection first = RawConnection.to(server);
                RawConnection second = RawConnection.to(server)) {
            assertThat(first.send(GET).answer()).startsWith("HTTP/1.1 200");
            assertThat(second.send(GET).answer()).startsWith("HTTP/1.1 200");
            try (RawConnection refused = RawConnection.to(server);
                    RawConnection closed = RawConnection.to(server)) {
                assertThat(closed.rest()).isEmpty();
                assertThat(refused.rest())
                        .as("answer to a refused connection that sends no request")
                        .isEmpty();
            }
        }
    }
}
