package dev.nostrtrust.client;

import static dev.nostrtrust.client.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests for pages, and the servers that get them. */
@ExtendWith(VertxExtension.class)
class TrustHttpClientTest {
    private static final String ENTRY =
            "{\"seq\":8,\"pubkey\":\"ab\",\"cause\":\"success\",\"tier_after\":\"new\",\"score_after\":10,\"more\":1}";
    private static final String PAGE = "{\"events\":[" + ENTRY + "],\"next_after\":8}";

    private final List<String> requests = new CopyOnWriteArrayList<>();
    /** Vert.x closes a client that nothing refers to. */
    private final List<TrustHttpClient> clients = new ArrayList<>();

    /** A server that answers every request alike. */
    private URI serve(Vertx vertx, int status, String body) {
        HttpServer server = vertx.createHttpServer();
        server.requestHandler(request -> {
            requests.add(
                    request.localAddress().port() + " " + request.uri() + " " + request.getHeader("Authorization"));
            request.response().setStatusCode(status).end(body);
        });
        return URI.create(
                "http://127.0.0.1:" + await(server.listen(0, "127.0.0.1")).actualPort());
    }

    private TrustHttpClient client(Vertx vertx, URI... servers) {
        TrustHttpClient client = new TrustHttpClient(
                vertx,
                new FeedOptions(
                        List.of(servers),
                        "secret",
                        50,
                        Duration.ofHours(1),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(1)));
        clients.add(client);
        return client;
    }

    @Test
    void a_page_is_requested_with_the_token_and_its_entries_are_parsed(Vertx vertx) {
        URI server = serve(vertx, 200, PAGE);

        List<TrustEvent> page = await(client(vertx, server).after(7));

        assertThat(requests).containsExactly(server.getPort() + " /api/trust/events?after=7&limit=50 Bearer secret");
        assertThat(page).singleElement().satisfies(event -> {
            assertThat(event.seq()).isEqualTo(8);
            assertThat(event.tierAfter()).isEqualTo("new");
            assertThat(event.json().getInteger("more")).isEqualTo(1);
        });
    }

    @Test
    void after_a_failure_the_next_server_is_asked_and_kept(Vertx vertx) {
        URI broken = serve(vertx, 503, "{\"detail\":\"overloaded\"}");
        URI working = serve(vertx, 200, PAGE);
        TrustHttpClient client = client(vertx, broken, working);

        assertThatThrownBy(() -> await(client.after(7)))
                .hasMessageContaining("503")
                .hasMessageContaining("overloaded");
        assertThat(await(client.after(7))).hasSize(1);
        assertThat(await(client.after(7))).hasSize(1);

        List<Integer> ports = new ArrayList<>();
        requests.forEach(request -> ports.add(Integer.valueOf(request.substring(0, request.indexOf(' ')))));
        assertThat(ports).containsExactly(broken.getPort(), working.getPort(), working.getPort());
    }

    @Test
    void after_the_last_server_the_first_one_is_asked_again(Vertx vertx) {
        URI first = serve(vertx, 500, "");
        URI second = serve(vertx, 500, "");
        TrustHttpClient client = client(vertx, first, second);

        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> await(client.after(0))).isInstanceOf(IllegalStateException.class);
        }

        assertThat(requests.get(0)).startsWith(first.getPort() + " ");
        assertThat(requests.get(1)).startsWith(second.getPort() + " ");
        assertThat(requests.get(2)).startsWith(first.getPort() + " ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "{\"events\":[{\"seq\":\"8\"}]}",
                "{\"events\":[{\"seq\":8,\"pubkey\":\"ab\",\"cause\":\"success\",\"tier_after\":\"new\"}]}"
            })
    void an_answer_that_is_no_page_fails(String body, Vertx vertx) {
        TrustHttpClient client = client(vertx, serve(vertx, 200, body));

        assertThatThrownBy(() -> await(client.after(0))).isInstanceOf(RuntimeException.class);
    }
}
