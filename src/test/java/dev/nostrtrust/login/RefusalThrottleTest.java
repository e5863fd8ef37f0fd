package dev.nostrtrust.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.RouteServer.Response;
import dev.nostrtrust.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class RefusalThrottleTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final RefusalThrottle throttle = new RefusalThrottle(10);
    private final long now = 42 * SECOND;

    @Test
    void refusals_of_one_second_are_not_delayed_and_later_ones_are_spaced() {
        for (int i = 0; i <= 10; i++) {
            assertThat(throttle.turn(now)).isZero();
        }

        assertThat(throttle.turn(now)).isEqualTo(SECOND / 10);
        assertThat(throttle.turn(now)).isEqualTo(2 * SECOND / 10);
        assertThat(throttle.turn(now + SECOND / 10)).isEqualTo(2 * SECOND / 10);
    }

    @Test
    void the_longest_delay_is_five_seconds() {
        for (int i = 0; i < 1000; i++) {
            assertThat(throttle.turn(now)).isLessThanOrEqualTo(5 * SECOND);
        }

        assertThat(throttle.turn(now + SECOND)).isLessThanOrEqualTo(5 * SECOND).isGreaterThan(3 * SECOND);
    }

    @Test
    void unused_slots_are_kept_for_one_second() {
        throttle.turn(now);

        for (int i = 0; i <= 10; i++) {
            assertThat(throttle.turn(now + 100 * SECOND)).isZero();
        }
        assertThat(throttle.turn(now + 100 * SECOND)).isPositive();
    }

    /** A server that refuses every request with this failure, after the slots of the next second are reserved. */
    private RouteServer refusing(Vertx vertx, ApiError failure, List<String> seen) {
        Promise<RouteServer> started = Promise.promise();
        RouteServer server = RouteServer.start(
                vertx,
                Map.of("HTTP_IN_FLIGHT", "1"),
                routes -> routes.get("/refuse", request -> {
                    IntStream.range(0, 25).forEach(i -> throttle.turn(System.nanoTime()));
                    int before = started.future().result().inFlight();
                    Future<Reply> failed = throttle.fail(request, failure);
                    int after = started.future().result().inFlight();
                    seen.add("permits " + before + " and " + after + ", failed " + failed.isComplete());
                    return failed;
                }));
        started.complete(server);
        return server;
    }

    @Test
    void a_refusal_is_delayed_without_a_permit(Vertx vertx) {
        List<String> seen = new CopyOnWriteArrayList<>();
        RouteServer server = refusing(vertx, ApiError.of(ErrorCode.INVALID_SIGNATURE, "Forged."), seen);

        Response refused = server.get("/refuse");

        assertThat(seen).containsExactly("permits 1 and 0, failed false");
        assertThat(refused.code()).isEqualTo("invalid_signature");
    }

    @Test
    void a_failure_of_the_server_is_not_delayed(Vertx vertx) {
        List<String> seen = new CopyOnWriteArrayList<>();
        RouteServer server =
                refusing(vertx, ApiError.unavailable(ErrorCode.OVERLOADED, "Later.", Duration.ofSeconds(1)), seen);

        Response refused = server.get("/refuse");

        assertThat(seen).containsExactly("permits 1 and 1, failed true");
        assertThat(refused.code()).isEqualTo("overloaded");
    }
}
