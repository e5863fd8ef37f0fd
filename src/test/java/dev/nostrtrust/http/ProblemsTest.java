package dev.nostrtrust.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.error.Violation;
import dev.nostrtrust.fixture.RecordedLog;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.RouteServer.Response;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ProblemsTest {
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private RouteServer server;

    @BeforeEach
    void start(Vertx vertx) {
        server = RouteServer.start(vertx, Map.of(), this::mount);
    }

    private void mount(Routes routes) {
        routes.get("/things/{id}", request -> Future.failedFuture(failure.get()));
        routes.get("/thrown", request -> {
            throw new IllegalStateException("secret");
        });
    }

    private Response refuse(Throwable with) {
        failure.set(with);
        return server.get("/things/secret");
    }

    @Test
    void a_refusal_is_a_problem_document() {
        Response refused =
                refuse(ApiError.of(ErrorCode.STALE_FENCE, "The fence is stale.").with("expected", 7L));

        JsonObject body = refused.json();
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(refused.header("Cache-Control")).isEqualTo("no-store");
        assertThat(body.getString("type")).isEqualTo("urn:nostr-trust:problem:stale_fence");
        assertThat(body.getString("title")).isEqualTo("Conflict");
        assertThat(body.getInteger("status")).isEqualTo(409);
        assertThat(body.getString("detail")).isEqualTo("The fence is stale.");
        assertThat(body.getInteger("expected")).isEqualTo(7);
        assertThat(Instant.parse(body.getString("time"))).isAfter(Instant.EPOCH);
        assertThat(body.getString("trace_id")).isEqualTo(refused.header("X-Trace-Id"));
    }

    @Test
    void a_bug_is_answered_without_its_message_and_logged_without_the_path() {
        try (RecordedLog log = new RecordedLog(Problems.class)) {
            Response failed = refuse(new IllegalStateException("secret"));
            Response thrown = server.get("/thrown");

            assertThat(failed.status()).isEqualTo(500);
            assertThat(failed.code()).isEqualTo("internal_error");
            assertThat(thrown.code()).isEqualTo("internal_error");
            assertThat(failed.body() + thrown.body()).doesNotContain("secret", "IllegalState");
            assertThat(log.lines()).containsExactly("GET /things/{id} failed", "GET /thrown failed");
        }
    }

    @Test
    void a_refusal_that_time_heals_names_the_time_in_whole_seconds() {
        Response later = refuse(ApiError.unavailable(ErrorCode.OVERLOADED, "Later.", Duration.ofSeconds(7)));
        Response soon = refuse(ApiError.unavailable(ErrorCode.RATE_LIMITED, "Soon.", Duration.ofMillis(1)));

        assertThat(later.status()).isEqualTo(503);
        assertThat(later.header("Retry-After")).isEqualTo("7");
        assertThat(soon.status()).isEqualTo(429);
        assertThat(soon.header("Retry-After")).isEqualTo("1");
    }

    @Test
    void refused_credentials_name_the_bearer_scheme() {
        Response none = refuse(ApiError.of(ErrorCode.TOKEN_REQUIRED, "A token is required."));
        Response invalid = refuse(ApiError.of(ErrorCode.INVALID_TOKEN, "A \"bad\" token."));
        Response scope =
                refuse(ApiError.of(ErrorCode.INSUFFICIENT_SCOPE, "No.").with("expected", List.of("user", "operator")));
        Response other = refuse(ApiError.of(ErrorCode.JOB_NOT_FOUND, "No job."));

        assertThat(none.header("WWW-Authenticate")).isEqualTo("Bearer");
        assertThat(invalid.header("WWW-Authenticate"))
                .isEqualTo("Bearer error=\"invalid_token\", error_description=\"A 'bad' token.\"");
        assertThat(scope.header("WWW-Authenticate"))
                .isEqualTo("Bearer error=\"insufficient_scope\", error_description=\"No.\", scope=\"user operator\"");
        assertThat(other.headers().contains("WWW-Authenticate")).isFalse();
    }

    @Test
    void a_problem_lists_twenty_violations_with_short_names_and_their_number() {
        List<Violation> violations = IntStream.range(0, 500)
                .mapToObj(i -> new Violation("x".repeat(3000) + i, "There is no such field."))
                .toList();

        JsonObject body = refuse(ApiError.invalid(violations)).json();

        assertThat(body.getJsonArray("violations")).hasSize(20);
        assertThat(body.getInteger("violation_count")).isEqualTo(500);
        assertThat(body.getJsonArray("violations").getJsonObject(0).getString("field"))
                .isEqualTo("x".repeat(100) + "...");
    }
}
