package dev.nostrtrust.overload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.e2e.RawConnection;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.RouteServer.Response;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Routes;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server that gives out one permit. */
@ExtendWith(VertxExtension.class)
class AdmissionHandlerTest {
    private static final String FREE = "GET /free HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String CHUNKED =
            "POST /free HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";

    private final Promise<Reply> held = Promise.promise();
    private final Promise<Void> verified = Promise.promise();
    private RouteServer server;

    @BeforeEach
    void start(Vertx vertx) {
        server = RouteServer.start(vertx, Map.of("HTTP_IN_FLIGHT", "1"), this::mount);
    }

    private void mount(Routes routes) {
        routes.get("/held", request -> held.future());
        routes.get("/free", request -> Future.succeededFuture(Reply.noContent()));
        routes.post("/free", request -> Future.succeededFuture(Reply.noContent()));
        routes.postFinishing(
                "/finish",
                request -> request.header("Worker") != null,
                request -> Future.succeededFuture(Reply.noContent()));
        routes.postUnproven("/prove", request -> verified.future()
                .compose(proven -> request.acquirePermit())
                .compose(admitted -> held.future()));
    }

    private Future<Response> takePermit() {
        Future<Response> response = server.begin("GET", "/held", "");
        Waiting.until(() -> server.inFlight() == 1 || response.isComplete());
        assertThat(response.isComplete()).as("%s", response).isFalse();
        return response;
    }

    private static void assertRefused(String answer) {
        assertThat(answer).startsWith("HTTP/1.1 503 Service Unavailable\r\n");
        assertThat(answer).containsIgnoringCase("\r\nretry-after: 1\r\n").contains("\"code\":\"overloaded\"");
        assertThat(answer).doesNotContainIgnoringCase("connection: close");
    }

    @Test
    void a_request_without_a_permit_is_refused_and_may_be_sent_again_on_the_same_connection() throws IOException {
        Future<Response> holder = takePermit();
        try (RawConnection whole = RawConnection.to(server.port());
                RawConnection chunked = RawConnection.to(server.port())) {
            assertRefused(whole.send(FREE).answer());
            assertRefused(chunked.send(CHUNKED).answer());

            held.complete(Reply.noContent());

            assertThat(TestServer.await(holder).status()).isEqualTo(204);
            assertThat(whole.send(FREE).answer()).startsWith("HTTP/1.1 204");
            assertThat(chunked.send(CHUNKED).answer()).startsWith("HTTP/1.1 204");
        }
    }

    @Test
    void a_worker_gets_a_permit_of_the_reserve_and_other_callers_do_not() {
        takePermit();

        assertThat(server.post("/finish", "{}", "Worker", "yes").status()).isEqualTo(204);
        assertThat(server.post("/finish", "{}").code()).isEqualTo("overloaded");
        assertThat(server.post("/free", "{}", "Worker", "yes").code()).isEqualTo("overloaded");
    }

    @Test
    void an_unproven_request_holds_no_permit_until_it_acquires_one() {
        List<Future<Response>> unproven =
                List.of(server.begin("POST", "/prove", "{}"), server.begin("POST", "/prove", "{}"));
        assertThat(server.get("/free").status()).isEqualTo(204);
        assertThat(server.inFlight()).isZero();

        verified.complete();
        Waiting.until(() -> unproven.stream().anyMatch(Future::isComplete));
        held.complete(Reply.noContent());

        assertThat(unproven.stream().map(each -> TestServer.await(each).status()))
                .containsExactlyInAnyOrder(204, 503);
        Waiting.until(() -> server.inFlight() == 0);
    }

    @Test
    void an_unproven_request_is_refused_while_no_permit_is_free() throws IOException {
        takePermit();

        try (RawConnection connection = RawConnection.to(server.port())) {
            assertRefused(connection.send(CHUNKED.replace("/free", "/prove")).answer());
        }
    }

    @Test
    void a_body_that_has_not_arrived_holds_no_permit() throws IOException {
        try (RawConnection slow = RawConnection.to(server.port())) {
            slow.send("POST /free HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            slow.until("100 Continue");

            assertThat(server.inFlight()).isZero();
            assertThat(server.get("/free").status()).isEqualTo(204);
        }
    }

    @Test
    void a_permit_is_held_until_the_work_ends_even_when_the_client_has_left() throws IOException {
        try (RawConnection leaver = RawConnection.to(server.port())) {
            leaver.send(FREE.replace("/free", "/held"));
            Waiting.until(() -> server.inFlight() == 1);
        }

        assertThat(server.get("/free").code()).isEqualTo("overloaded");
        held.complete(Reply.noContent());

        Waiting.until(() -> server.inFlight() == 0);
        assertThat(server.get("/free").status()).isEqualTo(204);
    }

    @Test
    void a_malformed_request_is_not_taken_for_one_without_a_permit() throws IOException {
        takePermit();

        for (String header : List.of("A: b\0c", "A: b\rc", "A : b")) {
            try (RawConnection connection = RawConnection.to(server.port())) {
                assertThat(connection
                                .send("GET /free HTTP/1.1\r\nHost: x\r\n" + header + "\r\n\r\n")
                                .rest())
                        .as(header)
                        .startsWith("HTTP/1.1 400 ")
                        .contains("\"code\":\"malformed_http\"");
            }
        }
    }
}
