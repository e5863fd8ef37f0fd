package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.RouteServer.Response;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class RoutesTest {
    private final Promise<Routes> mounted = Promise.promise();
    private RouteServer server;

    @BeforeEach
    void start(Vertx vertx) {
        server = RouteServer.start(vertx, Map.of("HTTP_BODY_LIMIT", "1024"), this::mount);
    }

    private void mount(Routes routes) {
        mounted.complete(routes);
        routes.get("/things/{id}", request -> reply("get " + request.path("id")));
        routes.post("/things", request -> reply("post"));
        routes.post("/things/changes", request -> reply("changes"));
        routes.delete("/things/{id}", request -> Future.succeededFuture(Reply.noContent()));
        routes.postFinishing("/things/{id}/finish", request -> false, request -> reply("finish"));
        routes.post("/proofs", request -> reply("proof"));
        routes.refuseOversized("/proofs", limit -> ApiError.of(ErrorCode.INVALID_JSON, "over " + limit));
        routes.file("/page.html", request -> reply("page"));
    }

    private static Future<Reply> reply(String text) {
        return Future.succeededFuture(Reply.ok(Json.object().put("route", text).build()));
    }

    private Response send(String method, String path) {
        return TestServer.await(server.begin(method, path, ""));
    }

    @Test
    void a_request_reaches_the_route_of_its_method_and_path() {
        assertThat(server.get("/things/7").body()).isEqualTo("{\"route\":\"get 7\"}");
        assertThat(server.post("/things", "{}").body()).isEqualTo("{\"route\":\"post\"}");
        assertThat(send("DELETE", "/things/7").status()).isEqualTo(204);
    }

    @Test
    void a_head_request_gets_the_headers_of_a_get_and_no_body() {
        Response get = server.get("/things/7");
        Response head = send("HEAD", "/things/7");

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.header("Content-Length")).isEqualTo(get.header("Content-Length"));
        assertThat(head.header("Content-Type")).isEqualTo("application/json");
    }

    @Test
    void a_response_without_content_has_no_length() {
        assertThat(send("DELETE", "/things/7").headers().contains("Content-Length"))
                .isFalse();
    }

    @Test
    void a_fixed_path_is_not_matched_by_a_parameter() {
        Response get = server.get("/things/changes");

        assertThat(get.status()).isEqualTo(405);
        assertThat(get.code()).isEqualTo("method_not_allowed");
        assertThat(get.header("Allow")).isEqualTo("POST");
        assertThat(server.post("/things/changes", "{}").body()).isEqualTo("{\"route\":\"changes\"}");
    }

    @Test
    void an_unknown_method_is_refused_with_the_methods_of_the_path() {
        Response put = send("PUT", "/things/7");

        assertThat(put.status()).isEqualTo(405);
        assertThat(put.header("Allow")).isEqualTo("GET, DELETE, HEAD");
        assertThat(put.json().getJsonArray("expected")).containsExactly("GET", "DELETE", "HEAD");
    }

    @Test
    void an_unknown_path_and_another_spelling_of_a_path_are_not_found() {
        for (String path : List.of("/nowhere", "/things/", "//things/7", "/things//7", "/things/%37", "/./things/7")) {
            assertThat(server.get(path).code()).as(path).isEqualTo("not_found");
        }
    }

    @Test
    void a_body_above_the_limit_is_refused_with_the_limit_or_with_the_error_of_its_route() {
        String large = "\"" + "a".repeat(2000) + "\"";

        Response things = server.post("/things", large);
        Response proofs = server.post("/proofs", large);

        assertThat(things.status()).isEqualTo(413);
        assertThat(things.json().getString("detail")).contains("1024 bytes");
        assertThat(proofs.status()).isEqualTo(400);
        assertThat(proofs.json().getString("detail")).isEqualTo("over 1024");
    }

    @Test
    void operations_are_listed_in_order_without_head_and_files() {
        assertThat(server.operations())
                .containsExactly(
                        "GET /things/{id}",
                        "POST /things",
                        "POST /things/changes",
                        "DELETE /things/{id}",
                        "POST /things/{id}/finish",
                        "POST /proofs");
        assertThat(server.get("/page.html").body()).isEqualTo("{\"route\":\"page\"}");
    }

    @Test
    void only_paths_of_finishing_operations_may_use_the_reserve() {
        Routes routes = mounted.future().result();

        assertThat(routes.mayFinish("/things/7/finish")).isTrue();
        assertThat(routes.mayFinish("/things/7")).isFalse();
        assertThat(routes.mayFinish("/things/7/8/finish")).isFalse();
        assertThat(routes.mayFinish("/things/7/finish/")).isFalse();
    }
}
