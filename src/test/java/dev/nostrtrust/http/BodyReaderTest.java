package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Bodies above the limit of the server, on an operation that accepts them after a check that takes a while. */
@ExtendWith(VertxExtension.class)
class BodyReaderTest {
    private static final int LIMIT = 40_000;

    private RouteServer server;

    @BeforeEach
    void start(Vertx vertx) {
        server = RouteServer.start(vertx, Map.of(), routes -> {
            routes.post("/large/{id}", BodyReaderTest::length);
            routes.acceptLarger("/large/{id}", LIMIT, request -> vertx.timer(50));
            routes.post("/closed", BodyReaderTest::length);
            routes.acceptLarger("/closed", LIMIT, request -> vertx.timer(50).map(after -> {
                throw ApiError.of(ErrorCode.INSUFFICIENT_SCOPE, "Not you.");
            }));
            routes.post("/small", BodyReaderTest::length);
        });
    }

    private static Future<Reply> length(Request request) {
        return Future.succeededFuture(Reply.ok(Json.object()
                .put("length", request.fields().string("text", LIMIT).length())
                .build()));
    }

    private String post(String path, int length) {
        return server.post(path, "{\"text\":\"" + "x".repeat(length) + "\"}").body();
    }

    @Test
    void a_body_is_read_whole_after_the_check() {
        assertThat(post("/large/1", 30_000)).isEqualTo("{\"length\":30000}");
        assertThat(post("/large/1", 5)).isEqualTo("{\"length\":5}");
        assertThat(post("/small", 5)).isEqualTo("{\"length\":5}");
    }

    @Test
    void a_limit_is_that_of_the_operation() {
        assertThat(post("/large/1", LIMIT)).contains("body_too_large", "40000");
        assertThat(post("/small", 30_000)).contains("body_too_large", "16384");
    }

    @Test
    void a_caller_that_may_not_send_so_much_is_refused() {
        assertThat(post("/closed", 30_000)).contains("insufficient_scope");
        assertThat(post("/closed", LIMIT)).contains("insufficient_scope");
        assertThat(post("/closed", 5)).isEqualTo("{\"length\":5}");
    }
}
