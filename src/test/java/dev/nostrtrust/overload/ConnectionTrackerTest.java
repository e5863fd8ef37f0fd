package dev.nostrtrust.overload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.e2e.RawConnection;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server that accepts two connections, or two of one address. */
@ExtendWith(VertxExtension.class)
class ConnectionTrackerTest {
    private static final String GET_BEGUN = "GET /small HTTP/1.1\r\n";
    private static final String GET_REST = "Host: x\r\n\r\n";
    private static final String GET = GET_BEGUN + GET_REST;

    private final List<RawConnection> connections = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (RawConnection connection : connections) {
            connection.close();
        }
    }

    private static RouteServer server(Vertx vertx, Map<String, String> settings) {
        return RouteServer.start(
                vertx, settings, routes -> routes.get("/small", request -> Future.succeededFuture(Reply.noContent())));
    }

    private RawConnection connect(RouteServer server) throws IOException {
        return keep(RawConnection.to(server.port()));
    }

    private RawConnection keep(RawConnection connection) {
        connections.add(connection);
        return connection;
    }

    private static void assertServed(RawConnection connection) throws IOException {
        assertThat(connection.send(GET).answer()).startsWith("HTTP/1.1 204");
    }

    /** The server closes the connection before the request arrives, or resets it then. */
    private static void assertNotAnswered(RawConnection connection) {
        String answer;
        try {
            answer = connection.send(GET).rest();
        } catch (IOException reset) {
            answer = "";
        }
        assertThat(answer).isEmpty();
    }

    private static boolean acceptsOneMore(RouteServer server) {
        try (RawConnection connection = RawConnection.to(server.port())) {
            return connection.send(GET).answer().startsWith("HTTP/1.1 204");
        } catch (IOException closedWithoutAnswer) {
            return false;
        }
    }

    @Test
    void a_surplus_connection_gets_one_refusal_and_is_closed(Vertx vertx) throws IOException {
        RouteServer server = server(vertx, Map.of("HTTP_CONNECTIONS", "2"));
        RawConnection first = connect(server);
        RawConnection second = connect(server);
        assertServed(first);
        assertServed(second);

        String refusal = connect(server).send(GET).rest();

        assertThat(refusal)
                .startsWith("HTTP/1.1 503 Service Unavailable\r\n")
                .contains("application/problem+json", "\"code\":\"overloaded\"")
                .containsIgnoringCase("\r\nretry-after: 1\r\n")
                .containsIgnoringCase("\r\ndate: ")
                .containsIgnoringCase("\r\nconnection: close\r\n");
        assertServed(first);
    }

    @Test
    void a_connection_that_ends_makes_room_for_another(Vertx vertx) throws IOException {
        RouteServer server = server(vertx, Map.of("HTTP_CONNECTIONS", "2"));
        assertServed(connect(server));
        RawConnection second = connect(server);
        assertServed(second);

        second.close();

        Waiting.until(() -> acceptsOneMore(server));
    }

    @Test
    void connections_far_beyond_the_limit_are_closed_without_an_answer(Vertx vertx) throws IOException {
        RouteServer server = server(vertx, Map.of("HTTP_CONNECTIONS", "2"));
        assertServed(connect(server));
        assertServed(connect(server));
        RawConnection surplus = connect(server).send(GET_BEGUN);

        assertNotAnswered(connect(server));
        assertThat(surplus.send(GET_REST).rest()).startsWith("HTTP/1.1 503 ");
    }

    @Test
    void a_surplus_connection_that_sends_nothing_is_closed_without_an_answer(Vertx vertx) throws IOException {
        RouteServer server = server(vertx, Map.of("HTTP_CONNECTIONS", "2"));
        assertServed(connect(server));
        assertServed(connect(server));

        assertThat(connect(server).rest()).isEmpty();
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has 127.0.0.2")
    void one_address_has_a_limit_of_its_own_and_a_trusted_proxy_has_none(Vertx vertx) throws IOException {
        RouteServer server = server(
                vertx,
                Map.of("HTTP_CONNECTIONS_PER_ADDRESS", "2", "TRUSTED_PROXIES", "127.0.0.3", "HTTP_HOST", "0.0.0.0"));
        RawConnection first = connect(server);
        assertServed(first);
        assertServed(connect(server));

        RawConnection surplus = connect(server).send(GET_BEGUN);

        assertNotAnswered(connect(server));
        assertThat(surplus.send(GET_REST).rest())
                .startsWith("HTTP/1.1 503 Service Unavailable\r\n")
                .contains("\"code\":\"overloaded\"", "from this address");
        assertServed(first);
        for (String address : List.of("127.0.0.2", "127.0.0.3", "127.0.0.3", "127.0.0.3")) {
            assertServed(keep(RawConnection.from(address, server.port())));
        }
    }
}
