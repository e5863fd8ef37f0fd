package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.RouteServer.Response;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class RequestTest {
    private RouteServer server;

    @BeforeEach
    void start(Vertx vertx) {
        server = RouteServer.start(vertx, Map.of(), RequestTest::mount);
    }

    private static void mount(Routes routes) {
        routes.post("/echo", request -> {
            BodyFields fields = request.fields();
            String name = fields.optionalString("name", 9);
            fields.check();
            return reply(String.valueOf(name));
        });
        routes.get("/wait", request -> {
            QueryFields query = request.query();
            long wait = query.integer("wait", 0, 0, 9);
            query.check();
            return reply(Long.toString(wait));
        });
        routes.get("/ids/{id}", request -> reply(request.id("id").isPresent() + " " + request.target()));
        routes.get("/announced", request -> {
            request.announce("RateLimit", "a");
            request.announce("RateLimit", "b");
            return reply(request.traceId());
        });
    }

    private static Future<Reply> reply(String text) {
        return Future.succeededFuture(Reply.ok(Json.of(text)));
    }

    private Response typed(String type, String body) {
        return TestServer.await(server.begin("POST", "/echo", body, "Content-Type", type));
    }

    @Test
    void json_may_have_parameters_that_do_not_change_it() {
        for (String type : List.of(
                "application/json",
                "Application/JSON ; charset=UTF-8",
                "application/json; charset=utf8",
                "application/json;",
                "application/json; profile=\"x\"",
                "application/json; charset=utf-8; x=y")) {
            assertThat(typed(type, "{\"name\":\"x\"}").body()).as(type).isEqualTo("\"x\"");
        }
    }

    @Test
    void another_media_type_or_charset_is_refused() {
        for (String type : List.of(
                "text/plain",
                "application/jsonp",
                "application/ld+json",
                "application/json; charset=utf-16",
                "application/json; charset=utf-8x",
                "application/json; x=y; charset=\"latin1\"")) {
            Response refused = typed(type, "{}");

            assertThat(refused.status()).as(type).isEqualTo(415);
            assertThat(refused.code()).isEqualTo("unsupported_media_type");
        }
    }

    @Test
    void a_body_has_one_media_type() {
        Response twice = TestServer.await(server.begin(
                "POST", "/echo", "{}", "Content-Type", "application/json", "Content-Type", "application/json"));

        assertThat(twice.status()).isEqualTo(415);
    }

    @Test
    void an_empty_body_is_an_empty_object_whatever_its_type() {
        for (String type : List.of("application/json", "text/plain", "multipart/form-data; boundary=x")) {
            assertThat(typed(type, "").body()).as(type).isEqualTo("\"null\"");
        }
    }

    @Test
    void a_coded_body_is_refused_with_the_coding_that_is_accepted() {
        for (String coding : List.of("gzip", "br", "identity, gzip")) {
            Response refused = server.post("/echo", "{}", "Content-Encoding", coding);

            assertThat(refused.status()).as(coding).isEqualTo(415);
            assertThat(refused.header("Accept-Encoding")).isEqualTo("identity");
        }
        assertThat(server.post("/echo", "{}", "Content-Encoding", "Identity").status())
                .isEqualTo(200);
    }

    @Test
    void a_body_that_is_not_strict_json_is_refused() {
        for (String body : List.of("{", "{\"name\":\"a\",\"name\":\"b\"}", "nonsense", "{}{}", "[".repeat(9_000))) {
            assertThat(server.post("/echo", body).code()).as(body).isEqualTo("invalid_json");
        }
        assertThat(server.post("/echo", "[]").code()).isEqualTo("invalid_request");
    }

    @Test
    void a_query_is_decoded_and_one_that_cannot_be_decoded_is_refused() {
        for (String query : List.of("wait=%zz", "wait=%", "%zz=1", "wait=%ff", "=1", "wait", "wait=+1", "a&b")) {
            assertThat(server.get("/wait?" + query).status()).as(query).isEqualTo(400);
        }
        assertThat(server.get("/wait?%77ait=%37").body()).isEqualTo("\"7\"");
        assertThat(server.get("/wait?").body()).isEqualTo("\"0\"");
        assertThat(server.get("/wait?wait=7&").body()).isEqualTo("\"7\"");
    }

    @Test
    void an_id_is_a_uuid_in_its_canonical_form() {
        String id = "019b76da-b1c2-7d4e-8f00-5a6b7c8d9e0f";

        assertThat(server.get("/ids/" + id + "?a=%30").body()).isEqualTo("\"true /ids/" + id + "?a=%30\"");
        assertThat(server.get("/ids/1-1-1-1-1").body()).isEqualTo("\"false /ids/1-1-1-1-1\"");
    }

    @Test
    void a_header_that_is_announced_twice_has_both_values() {
        assertThat(server.get("/announced").header("RateLimit")).isEqualTo("a, b");
    }

    @Test
    void a_request_belongs_to_the_trace_of_its_caller_unless_two_are_named() {
        String trace = "0af7651916cd43dd8448eb211c80319c";
        String parent = "00-" + trace + "-b7ad6b7169203331-01";

        Response one = server.get("/announced", "traceparent", parent);
        Response two = server.get("/announced", "traceparent", parent, "traceparent", parent);

        assertThat(one.body()).isEqualTo("\"" + trace + "\"");
        assertThat(one.header("X-Trace-Id")).isEqualTo(trace);
        assertThat(two.header("X-Trace-Id")).matches("[0-9a-f]{32}").isNotEqualTo(trace);
    }
}
