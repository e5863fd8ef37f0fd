package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.RouteServer.Response;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class CrossOriginTest {
    private static final String SHOP = "https://shop.example";
    private static final String EVIL = "https://evil.example";
    private static final String ALLOWED = "Access-Control-Allow-Origin";

    private RouteServer server;

    @BeforeEach
    void start(Vertx vertx) {
        server = RouteServer.start(
                vertx,
                Map.of("CORS_ORIGINS", SHOP + ",https://other.example,http://trust_engine:8080"),
                CrossOriginTest::mount);
    }

    private static void mount(Routes routes) {
        routes.post("/things", request -> {
            request.fields().check();
            return Future.succeededFuture(Reply.noContent());
        });
    }

    private Response preflight(String origin) {
        return TestServer.await(server.begin(
                "OPTIONS",
                "/things",
                "",
                "Origin",
                origin,
                "Access-Control-Request-Method",
                "POST",
                "Access-Control-Request-Headers",
                "authorization,content-type,idempotency-key"));
    }

    @Test
    void a_preflight_of_a_configured_origin_lists_methods_and_headers() {
        Response answer = preflight(SHOP);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header(ALLOWED)).isEqualTo(SHOP);
        assertThat(answer.header("Access-Control-Allow-Methods").split(","))
                .containsExactlyInAnyOrder("GET", "POST", "DELETE");
        assertThat(answer.header("Access-Control-Allow-Headers").split(","))
                .contains("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match");
        assertThat(answer.header("Access-Control-Max-Age")).isEqualTo("86400");
        assertThat(answer.headers().contains("Access-Control-Allow-Credentials"))
                .isFalse();
        assertThat(preflight("http://trust_engine:8080").header(ALLOWED)).isEqualTo("http://trust_engine:8080");
    }

    @Test
    void a_preflight_of_another_origin_allows_nothing() {
        for (String origin : List.of(EVIL, "null", SHOP + ".evil.example", "https://shopxexample", SHOP + ":443")) {
            assertThat(preflight(origin).headers().contains(ALLOWED)).as(origin).isFalse();
        }
    }

    @Test
    void pages_of_a_configured_origin_read_responses_and_their_headers() {
        Response made = server.post("/things", "{}", "Origin", SHOP);

        assertThat(made.status()).isEqualTo(204);
        assertThat(made.header(ALLOWED)).isEqualTo(SHOP);
        assertThat(made.header("Vary")).isEqualTo("origin");
        assertThat(made.header("Access-Control-Expose-Headers").split(","))
                .contains("Location", "ETag", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Trace-Id");
    }

    @Test
    void pages_of_a_configured_origin_read_refusals() {
        Response refused = server.post("/things", "{", "Origin", SHOP);

        assertThat(refused.code()).isEqualTo("invalid_json");
        assertThat(refused.header(ALLOWED)).isEqualTo(SHOP);
        for (String path : List.of("/nowhere", "/things/", "/things")) {
            assertThat(server.get(path, "Origin", SHOP).header(ALLOWED))
                    .as(path)
                    .isEqualTo(SHOP);
        }
    }

    @Test
    void requests_of_other_origins_are_answered_and_caches_tell_the_responses_apart() {
        Response other = server.post("/things", "{}", "Origin", EVIL);
        Response none = server.post("/things", "{}");

        assertThat(other.status()).isEqualTo(204);
        assertThat(other.headers().contains(ALLOWED)).isFalse();
        assertThat(other.header("Vary")).isEqualTo("origin");
        assertThat(none.header("Vary")).isEqualTo("origin");
    }

    @Test
    void without_configured_origins_no_header_is_sent(Vertx vertx) {
        RouteServer alone = RouteServer.start(vertx, Map.of(), CrossOriginTest::mount);

        Response answer = alone.post("/things", "{}", "Origin", SHOP);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.headers().contains(ALLOWED)).isFalse();
        assertThat(answer.headers().contains("Vary")).isFalse();
    }
}
