package dev.nostrtrust.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Windows are of an hour, so that no unit comes back while a test runs. */
@ExtendWith(VertxExtension.class)
class RateLimiterTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Settings SETTINGS = SettingsReader.of(
                    Map.of("RATE_TIMEOUT", "30s", "RATE_BATCH", "2", "RATE_WINDOW", "1h"))
            .settings();

    private static Vertx vertx;
    private static MigratedDatabase migrated;

    private final TestClock clock = new TestClock();
    private RateLimiter limiter;

    @BeforeAll
    static void start(Vertx shared) {
        vertx = shared;
        migrated = MigratedDatabase.open(shared);
    }

    @AfterAll
    static void stop() {
        TestServer.await(migrated.database().close());
    }

    @BeforeEach
    void make() {
        limiter = new RateLimiter(migrated.database(), SETTINGS, clock);
    }

    private static Limit limit(String name, int quota) {
        return new Limit(name, quota, HOUR);
    }

    private Allowance acquire(Limit limit, String owner) {
        return TestServer.await(limiter.acquire(limit, owner)).orElseThrow();
    }

    @Test
    void units_are_granted_up_to_the_quota_and_each_owner_has_its_own() {
        Limit limit = limit("own", 2);

        assertThat(acquire(limit, "a").granted()).isTrue();
        assertThat(acquire(limit, "a").remaining()).isZero();
        assertThat(acquire(limit, "a").granted()).isFalse();

        assertThat(acquire(limit, "b").granted()).isTrue();
    }

    @Test
    void limiters_of_two_event_loops_share_a_quota() {
        Limit limit = limit("shared", 1);
        RateLimiter other = new RateLimiter(migrated.database(), SETTINGS, clock);

        assertThat(acquire(limit, "a").granted()).isTrue();

        assertThat(TestServer.await(other.acquire(limit, "a")).orElseThrow().granted())
                .isFalse();
    }

    @Test
    void a_refusal_is_repeated_without_a_statement_until_there_is_a_unit() {
        Limit limit = limit("repeat", 2);
        acquire(limit, "a");
        acquire(limit, "a");
        Allowance refused = acquire(limit, "a");
        assertThat(refused.retryAfter()).isBetween(Duration.ofMinutes(29), Duration.ofMinutes(30));
        // The database would grant the next unit.
        migrated.sql("DELETE FROM rate_buckets WHERE key = 'repeat a'");

        clock.advance(Duration.ofMinutes(20));
        Allowance repeated = acquire(limit, "a");
        clock.advance(Duration.ofMinutes(11));
        Allowance granted = acquire(limit, "a");

        assertThat(repeated.granted()).isFalse();
        assertThat(repeated.retryAfter()).isBetween(Duration.ofMinutes(8), Duration.ofMinutes(10));
        assertThat(repeated.untilFull()).isBetween(Duration.ofMinutes(38), Duration.ofMinutes(40));
        assertThat(granted.granted()).isTrue();
    }

    @Test
    void requests_beyond_the_queue_are_refused_and_those_in_it_are_counted() {
        Limit limit = limit("queue", 100);
        Promise<List<Future<Optional<Allowance>>>> sent = Promise.promise();

        // On an event loop no statement is answered in between: two are under way, twenty wait.
        vertx.getOrCreateContext()
                .runOnContext(now -> sent.complete(IntStream.range(0, 30)
                        .mapToObj(i -> limiter.acquire(limit, "a"))
                        .toList()));
        List<Future<Optional<Allowance>>> all = TestServer.await(sent.future());
        TestServer.await(Future.join(all).otherwiseEmpty());

        assertThat(all.stream().filter(Future::failed)).isNotEmpty().allSatisfy(failed -> assertThat(
                        ((ApiError) failed.cause()).code())
                .isEqualTo(ErrorCode.OVERLOADED));
        assertThat(all.stream().filter(Future::succeeded))
                .hasSizeGreaterThanOrEqualTo(20)
                .allSatisfy(counted ->
                        assertThat(counted.result().orElseThrow().granted()).isTrue());
    }

    @Test
    void full_buckets_are_deleted() {
        acquire(limit("sweep", 2), "a");
        migrated.sql("UPDATE rate_buckets SET full_at = 0 WHERE key = 'sweep a'");

        TestServer.await(limiter.sweep(1000));

        assertThat(migrated.sql("SELECT count(*) FROM rate_buckets WHERE key = 'sweep a'"))
                .isZero();
    }

    @Test
    void no_limit_applies_while_the_database_does_not_answer() {
        MigratedDatabase gone = MigratedDatabase.open(vertx);
        RateLimiter unlimited = new RateLimiter(gone.database(), SETTINGS, clock);
        TestDatabases.drop(gone.address());

        assertThat(TestServer.await(unlimited.acquire(limit("gone", 1), "a"))).isEmpty();
        assertThat(TestServer.await(unlimited.acquire(limit("gone", 1), "a"))).isEmpty();
        TestServer.await(gone.database().close());
    }
}
