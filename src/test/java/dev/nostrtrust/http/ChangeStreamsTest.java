package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.e2e.RawConnection;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.http.ChangeStreams.Then;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ChangeStreamsTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final Queue<String> events = new ConcurrentLinkedQueue<>();
    private Bus bus;
    private ChangeWaiters waiters;
    private RouteServer server;

    @BeforeEach
    void start(Vertx vertx) {
        bus = new Bus(vertx);
        waiters = new ChangeWaiters(vertx, 2, 0);
        Map<String, String> settings = Map.of("HTTP_IN_FLIGHT", "1");
        bus.verticles(waiters, RouteServer.settings(settings))
                .forEach(verticle -> TestServer.await(vertx.deployVerticle(verticle)));
        server = RouteServer.start(vertx, settings, this::mount);
    }

    private void mount(Routes routes) {
        ChangeStreams streams = new ChangeStreams(waiters);
        routes.get("/stream", request -> stream(streams, HOUR));
        routes.get("/beating", request -> stream(streams, Duration.ofMillis(20)));
        routes.get("/accept", request -> Future.succeededFuture(Reply.ok(Json.of(ChangeStreams.isAskedFor(request)))));
    }

    private Future<Reply> stream(ChangeStreams streams, Duration heartbeat) {
        return Future.succeededFuture(streams.reply(Topic.JOBS_CHANGED, List.of("1"), heartbeat, this::next));
    }

    /** One event at a time. */
    private Future<Then> next(EventStream stream) {
        String event = events.poll();
        if (event == null) {
            return Future.succeededFuture(Then.WAIT);
        }
        if (event.equals("broken")) {
            throw new IllegalStateException("broken");
        }
        stream.add(event, "job", Json.object().put("state", event).build());
        return Future.succeededFuture(event.equals("end") ? Then.END : Then.CONTINUE);
    }

    private void add(String... more) {
        events.addAll(List.of(more));
        bus.publish(Topic.JOBS_CHANGED, "change", Json.object().put("id", "1").build());
    }

    private RawConnection open(String path) throws IOException {
        RawConnection connection = RawConnection.to(server.port());
        connection.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(connection.until("\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("\r\ncontent-type: text/event-stream\r\n")
                .containsIgnoringCase("\r\nx-accel-buffering: no\r\n")
                .containsIgnoringCase("\r\ncache-control: no-store\r\n");
        return connection;
    }

    @Test
    void events_are_sent_as_they_occur_until_the_source_ends() throws IOException {
        events.add("queued");
        try (RawConnection client = open("/stream")) {
            assertThat(client.until("\n\n")).contains("id: queued\nevent: job\ndata: {\"state\":\"queued\"}\n\n");
            Waiting.until(() -> waiters.count() == 1);

            add("running", "end");

            assertThat(client.rest())
                    .contains("id: running\nevent: job\ndata: {\"state\":\"running\"}\n\n")
                    .contains("id: end\nevent: job\ndata: {\"state\":\"end\"}\n\n")
                    .endsWith("\r\n0\r\n\r\n");
        }
        assertThat(waiters.count()).isZero();
    }

    @Test
    void a_stream_without_events_sends_heartbeats_and_reads_its_source_without_a_wake_up() throws IOException {
        try (RawConnection client = open("/beating")) {
            client.until(":\n\n");
            client.until(":\n\n");

            // Nothing wakes the stream.
            events.add("running");

            client.until("event: job\n");
        }
    }

    @Test
    void an_open_stream_holds_no_permit_and_the_wait_of_a_client_that_leaves_ends() throws IOException {
        try (RawConnection client = open("/stream")) {
            Waiting.until(() -> waiters.count() == 1);
            client.until(":\n\n");

            assertThat(server.inFlight()).isZero();
            assertThat(server.get("/accept").status()).isEqualTo(200);
        }

        Waiting.until(() -> waiters.count() == 0);
    }

    @Test
    void a_source_that_fails_breaks_the_stream_off() throws IOException {
        try (RawConnection client = open("/stream")) {
            Waiting.until(() -> waiters.count() == 1);

            add("broken");

            assertThatThrownBy(() -> {
                        assertThat(client.rest()).doesNotEndWith("\r\n0\r\n\r\n");
                        throw new IOException("closed");
                    })
                    .isInstanceOf(IOException.class);
        }
        Waiting.until(() -> waiters.count() == 0);
        Waiting.until(() -> server.inFlight() == 0);
    }

    @Test
    void a_stream_beyond_the_limit_of_waiters_ends_after_the_first_events() throws IOException {
        try (RawConnection first = open("/stream");
                RawConnection second = open("/stream")) {
            first.until(":\n\n");
            second.until(":\n\n");
            Waiting.until(() -> waiters.count() == 2 && server.inFlight() == 0);
            events.add("queued");

            try (RawConnection third = open("/stream")) {
                assertThat(third.rest()).contains("id: queued\n").endsWith("\r\n0\r\n\r\n");
            }
            assertThat(waiters.count()).isEqualTo(2);
        }
    }

    @Test
    void closing_the_waiters_ends_every_stream() throws IOException {
        try (RawConnection client = open("/stream")) {
            Waiting.until(() -> waiters.count() == 1);

            waiters.close();

            assertThat(client.rest()).endsWith("\r\n0\r\n\r\n");
        }
    }

    @Test
    void a_stream_is_for_clients_that_accept_one() {
        Map.of(
                        "text/event-stream", "true",
                        "application/json;q=0.5, Text/Event-Stream;q=0.9", "true",
                        "text/event-stream; charset=utf-8", "true",
                        "*/*", "false",
                        "text/event-streams", "false",
                        "text/event-stream;q=0", "false",
                        "text/event-stream; q=0.00", "false")
                .forEach((accept, asked) -> assertThat(
                                server.get("/accept", "Accept", accept).body())
                        .as(accept)
                        .isEqualTo(asked));
        assertThat(server.get("/accept", "Accept", "application/json", "Accept", "text/event-stream")
                        .body())
                .isEqualTo("true");
    }
}
