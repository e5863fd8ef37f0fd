package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EventStreamTest {
    private static TestServer server;
    private static Api api;
    private static Work work;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of(
                "FEED_INTERVAL", "50ms",
                "HTTP_REQUEST_TIMEOUT", "1s",
                "DATABASE_CONNECTIONS", "1",
                "DATABASE_PIPELINING", "1",
                "DATABASE_QUEUE", "50"));
        api = Api.of(server);
        work = new Work(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static List<String> states(EventSource source) {
        return source.events().stream()
                .map(event -> event.data().get("state").asText())
                .toList();
    }

    @Test
    void a_job_is_followed_to_its_end() {
        String job = work.order(api);

        try (EventSource source = EventSource.open(server, "/api/jobs/" + job)) {
            Waiting.until(() -> states(source).equals(List.of("queued")));
            long fence = work.claim(job);
            Waiting.until(() -> states(source).equals(List.of("queued", "running")));
            work.complete(job, fence, 7);
            Waiting.until(source::isOver);

            assertThat(states(source)).containsExactly("queued", "running", "succeeded");
            assertThat(source.events()).allMatch(event -> event.type().equals("job"));
            JsonNode last = source.events().get(2).data();
            assertThat(last).isEqualTo(api.get("/api/jobs/" + job).json());
        }
    }

    @Test
    void more_listeners_than_the_database_takes_at_once_hear_of_a_change_and_bystanders_are_served() throws Exception {
        String job = work.order(api);
        List<RawConnection> listeners = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            RawConnection listener = RawConnection.to(server);
            listeners.add(listener);
            listener.send("GET /api/jobs/" + job + " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n");
            listener.until("queued");
        }
        Waiting.until(() -> server.waiting() == 300);

        work.claim(job);
        for (int i = 0; i < 20; i++) {
            assertThat(api.get("/api/jobs/" + job).status()).isEqualTo(200);
        }
        for (RawConnection listener : listeners) {
            listener.until("running");
            listener.close();
        }
        Waiting.until(() -> server.waiting() == 0);
    }

    @Test
    void a_stream_of_what_is_not_there_is_refused() {
        Api asking = api.with("Accept", "text/event-stream");

        assertThat(asking.get("/api/jobs/019b76da-b1c2-7d4e-8f00-5a6b7c8d9e0f").code())
                .isEqualTo("job_not_found");
        assertThat(asking.get("/api/trust/events").code()).isEqualTo("token_required");
        assertThat(asking.as(new User().logIn(api)).get("/api/trust/events").code())
                .isEqualTo("insufficient_scope");
    }

    @Test
    void the_ledger_is_streamed_in_order_and_goes_on_where_it_broke_off() {
        String service = server.token(Scope.SERVICE);
        Api user = api.as(new User().logIn(api));
        long before = server.count("SELECT seq FROM trust_head");

        try (EventSource source = EventSource.open(server, "/api/trust/events?after=" + before, "Bearer " + service)) {
            for (int i = 0; i < 5; i++) {
                String job = work.order(user);
                work.complete(job, work.claim(job), i);
            }
            Waiting.until(() -> source.events().size() == 5);
            Waiting.until(() -> source.comments() > 2);
            assertThat(source.events().stream().map(EventSource.Event::id))
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, 5)
                            .mapToObj(i -> Long.toString(before + i))
                            .toList());
            assertThat(source.events()).allMatch(event -> event.type().equals("trust.changed"));
            assertThat(source.isOver()).isFalse();
        }
        Waiting.until(() -> server.waiting() == 0);
        try (EventSource source = EventSource.open(
                server, "/api/trust/events", "Bearer " + service, "Last-Event-ID", Long.toString(before + 3))) {
            Waiting.until(() -> source.events().size() == 2);
            assertThat(source.events().get(0).id()).isEqualTo(Long.toString(before + 4));
        }
    }

    @Test
    void a_page_of_the_ledger_is_waited_for() throws Exception {
        Api service = api.as(server.token(Scope.SERVICE));
        Api user = api.as(new User().logIn(api));
        String job = work.order(user);
        long fence = work.claim(job);
        long before = server.count("SELECT seq FROM trust_head");

        var waiting = java.util.concurrent.CompletableFuture.supplyAsync(
                () -> service.get("/api/trust/events?wait=55&after=" + before));
        Waiting.until(() -> server.waiting() == 1);
        work.complete(job, fence, 3);

        JsonNode page = waiting.get(50, java.util.concurrent.TimeUnit.SECONDS).json();
        assertThat(page.get("events")).hasSize(1);
        assertThat(page.get("next_after").asLong()).isEqualTo(before + 1);
    }
}
