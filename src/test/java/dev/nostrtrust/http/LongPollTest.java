package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.e2e.RawConnection;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.RouteServer.Response;
import dev.nostrtrust.http.LongPoll.Seen;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Polls wait for longer than a test may take: an event ends them, and not the clock. One permit, two waiters. */
@ExtendWith(VertxExtension.class)
class LongPollTest {
    private static final String LONG = "/thing?wait=55";

    private final AtomicInteger reads = new AtomicInteger();
    private volatile String state = "queued";
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
        LongPoll longPoll = new LongPoll(waiters);
        routes.get("/thing", request -> {
            QueryFields query = request.query();
            long wait = LongPoll.wait(query);
            query.check();
            return longPoll.tagged(request, wait, Topic.JOBS_CHANGED, List.of("1"), this::read);
        });
    }

    private Future<Seen> read() {
        String seen = state;
        reads.incrementAndGet();
        if (seen.equals("broken")) {
            throw new IllegalStateException("broken");
        }
        return Future.succeededFuture(new Seen(Reply.ok(Json.of(seen)), seen.equals("succeeded")));
    }

    private void change(String to) {
        state = to;
        wake("1");
    }

    private void wake(String id) {
        bus.publish(Topic.JOBS_CHANGED, "change", Json.object().put("id", id).build());
    }

    /** Begins a poll, and returns when it waits. */
    private Future<Response> begin(String... headers) {
        int before = waiters.count();
        Future<Response> poll = server.begin("GET", LONG, "", headers);
        Waiting.until(() -> waiters.count() > before || poll.isComplete());
        assertThat(poll.isComplete()).as("%s", poll).isFalse();
        Waiting.until(() -> server.inFlight() == 0);
        return poll;
    }

    @Test
    void a_poll_is_answered_when_the_state_changes() {
        Future<Response> poll = begin();

        change("running");

        assertThat(TestServer.await(poll).body()).isEqualTo("\"running\"");
        Waiting.until(() -> waiters.count() == 0);
    }

    @Test
    void a_wake_up_without_a_change_does_not_end_a_poll() {
        Future<Response> poll = begin();

        wake("1");
        Waiting.until(() -> reads.get() == 2);
        change("running");

        assertThat(TestServer.await(poll).body()).isEqualTo("\"running\"");
    }

    @Test
    void a_client_that_knows_the_state_waits_and_another_one_does_not() {
        String tag = server.get("/thing").header("ETag");

        Future<Response> knows = begin("If-None-Match", tag);
        Response knowsLess = server.get(LONG, "If-None-Match", "\"other\"");
        change("running");

        assertThat(knowsLess.body()).isEqualTo("\"queued\"");
        assertThat(TestServer.await(knows).body()).isEqualTo("\"running\"");
    }

    @Test
    void a_settled_state_is_answered_at_once() {
        state = "succeeded";
        Response first = server.get(LONG);

        assertThat(first.body()).isEqualTo("\"succeeded\"");
        assertThat(server.get(LONG, "If-None-Match", first.header("ETag")).status())
                .isEqualTo(304);
        assertThat(waiters.count()).isZero();
    }

    @Test
    void a_wait_may_outlast_the_request_timeout_and_ends_with_the_state_as_it_is(Vertx vertx) {
        RouteServer hasty = RouteServer.start(vertx, Map.of("HTTP_REQUEST_TIMEOUT", "1s"), this::mount);
        String tag = server.get("/thing").header("ETag");

        // On a busy machine, the time before and after the wait may exceed the timeout.
        Waiting.until(() -> hasty.get("/thing?wait=2").status() == 200);

        assertThat(server.get("/thing?wait=1", "If-None-Match", tag).status()).isEqualTo(304);
    }

    @Test
    void polls_that_wait_hold_no_permit_and_polls_beyond_the_limit_do_not_wait() {
        List<Future<Response>> polls = List.of(begin(), begin());

        assertThat(server.get(LONG).body()).isEqualTo("\"queued\"");
        change("running");

        assertThat(polls.stream().map(poll -> TestServer.await(poll).body())).containsOnly("\"running\"");
    }

    @Test
    void the_wait_of_a_client_that_leaves_ends() throws IOException {
        try (RawConnection connection = RawConnection.to(server.port())) {
            connection.send("GET " + LONG + " HTTP/1.1\r\nHost: x\r\n\r\n");
            Waiting.until(() -> waiters.count() == 1);
        }

        Waiting.until(() -> waiters.count() == 0);
    }

    @Test
    void a_read_that_fails_ends_the_poll_and_its_wait() {
        Future<Response> poll = begin();

        change("broken");

        assertThat(TestServer.await(poll).code()).isEqualTo("internal_error");
        assertThat(waiters.count()).isZero();
        assertThat(server.inFlight()).isZero();
    }

    @Test
    void a_server_that_stops_answers_the_polls_that_wait() {
        Future<Response> poll = begin();

        waiters.close();

        assertThat(TestServer.await(poll).body()).isEqualTo("\"queued\"");
        assertThat(server.get(LONG).body()).isEqualTo("\"queued\"");
    }

    @Test
    void a_wait_is_a_number_of_seconds_up_to_55() {
        assertThat(Stream.of("-1", "56", "x", "1.5", "")
                        .map(wait -> server.get("/thing?wait=" + wait).code()))
                .containsOnly("invalid_request");
    }
}
