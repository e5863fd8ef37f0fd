package dev.nostrtrust.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerOptionsTest {
    private static final URI SERVER = URI.create("https://trust.example");
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final WorkerOptions DEFAULTS = WorkerOptions.of(List.of(SERVER), "token");

    private static WorkerOptions options(Duration claimWait, Duration grace) {
        return new WorkerOptions(List.of(SERVER), "token", List.of("default"), 1, claimWait, SECOND, SECOND, grace);
    }

    @Test
    void a_worker_has_servers_queues_and_a_token() {
        assertThatThrownBy(() -> WorkerOptions.of(List.of(), "token")).hasMessage("a worker needs a server");
        assertThatThrownBy(() -> WorkerOptions.of(List.of(SERVER), "a token")).hasMessageContaining("the token is");
        assertThatThrownBy(() -> DEFAULTS.withQueues(List.of())).hasMessage("a worker serves 1 to 20 queues");
        assertThatThrownBy(() -> DEFAULTS.withQueues(Collections.nCopies(21, "a")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(DEFAULTS.withQueues(List.of("a", "b")).queues()).containsExactly("a", "b");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1001, -1})
    void it_does_1_to_1000_jobs_at_a_time(int concurrency) {
        assertThatThrownBy(() -> DEFAULTS.withConcurrency(concurrency)).isInstanceOf(IllegalArgumentException.class);
        assertThat(DEFAULTS.withConcurrency(1000).concurrency()).isEqualTo(1000);
    }

    @Test
    void times_have_limits() {
        assertThatThrownBy(() -> options(Duration.ZERO, SECOND)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options(Duration.ofMillis(1500), SECOND)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options(Duration.ofSeconds(31), SECOND)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options(SECOND, Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThat(DEFAULTS.withGrace(SECOND).grace()).isEqualTo(SECOND);
    }

    @Test
    void pauses_double_up_to_a_limit_and_a_server_may_ask_for_longer_ones() {
        Backoff backoff = new Backoff(Duration.ofSeconds(5));
        Throwable failure = new IllegalStateException("broken");

        assertThat(backoff.next(failure)).isBetween(Duration.ofMillis(500), Duration.ofMillis(1001));
        assertThat(backoff.next(failure)).isBetween(Duration.ofMillis(1000), Duration.ofMillis(2001));
        assertThat(backoff.next(failure)).isBetween(Duration.ofMillis(2000), Duration.ofMillis(4001));
        assertThat(backoff.next(failure)).isBetween(Duration.ofMillis(2500), Duration.ofMillis(5001));
        assertThat(backoff.next(busy("540"))).isEqualTo(Duration.ofMinutes(9));
        assertThat(backoff.next(busy("99999999"))).isEqualTo(Duration.ofMinutes(10));
        assertThat(backoff.next(busy("Fri, 01 Jan 2027 00:00:00 GMT"))).isLessThan(Duration.ofSeconds(6));
        backoff.reset();
        assertThat(backoff.next(failure)).isLessThan(Duration.ofMillis(1002));
    }

    private static ServerException busy(String retryAfter) {
        return ServerException.of(SERVER, 503, retryAfter, Buffer.buffer("{}"));
    }
}
