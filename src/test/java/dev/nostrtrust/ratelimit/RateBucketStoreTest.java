package dev.nostrtrust.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.ratelimit.RateBucketStore.Take;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Windows last one hour, so that no unit returns while a test runs. */
@ExtendWith(VertxExtension.class)
class RateBucketStoreTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private static MigratedDatabase migrated;

    private RateBucketStore buckets;

    @BeforeAll
    static void start(Vertx vertx) {
        migrated = MigratedDatabase.open(vertx);
    }

    @AfterAll
    static void stop() {
        TestServer.await(migrated.database().close());
    }

    @BeforeEach
    void make() {
        buckets = new RateBucketStore(migrated.database());
    }

    private static Limit limit(String name, int quota) {
        return new Limit(name, quota, HOUR);
    }

    private List<Allowance> take(Limit limit, String owner, int times) {
        return TestServer.await(buckets.acquire(Collections.nCopies(times, new Take(limit, owner))));
    }

    /** Moves a bucket into the past, as if this time had passed. */
    private static void pass(String owner, Duration time) {
        assertThat(migrated.sql("UPDATE rate_buckets SET full_at = full_at - " + time.toMillis() * 1000
                        + " WHERE key LIKE '% " + owner + "'"))
                .isEqualTo(1);
    }

    @Test
    void units_are_granted_in_order_and_each_result_shows_the_units_left() {
        List<Allowance> answers = take(limit("a", 3), "x", 5);

        assertThat(answers.stream().map(Allowance::granted)).containsExactly(true, true, true, false, false);
        assertThat(answers.stream().map(Allowance::remaining)).containsExactly(2L, 1L, 0L, 0L, 0L);
        assertThat(answers.get(4).retryAfter()).isBetween(Duration.ofMinutes(19), Duration.ofMinutes(20));
        assertThat(answers.get(4).untilFull()).isBetween(Duration.ofMinutes(59), HOUR);
        assertThat(answers.get(0).retryAfter()).isZero();
    }

    @Test
    void a_bucket_belongs_to_one_limit_and_one_address() {
        take(limit("b", 1), "x", 1);

        assertThat(take(limit("b", 1), "x", 1).get(0).granted()).isFalse();
        assertThat(take(limit("b", 1), "y", 1).get(0).granted()).isTrue();
        assertThat(take(limit("c", 1), "x", 1).get(0).granted()).isTrue();
    }

    @Test
    void concurrent_statements_grant_no_more_than_the_quota() {
        Limit limit = limit("many", 50);
        List<Future<List<Allowance>>> sent = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            sent.add(buckets.acquire(List.of(
                    new Take(limit, "x"), new Take(limit, "y" + i % 7), new Take(limit, "x"), new Take(limit, "z"))));
        }
        List<Allowance> answers = new ArrayList<>();
        sent.forEach(each -> answers.addAll(TestServer.await(each).stream().toList()));

        // 80 for x of 50, 40 for z, and 40 for the seven others.
        assertThat(answers.stream().filter(Allowance::granted)).hasSize(50 + 40 + 40);
        assertThat(take(limit, "x", 1).get(0).granted()).isFalse();
        assertThat(take(limit, "z", 11).stream().filter(Allowance::granted)).hasSize(10);
    }

    @Test
    void units_return_evenly_up_to_the_quota() {
        Limit limit = limit("time", 60);
        take(limit, "clock", 60);

        pass("clock", Duration.ofMinutes(3));
        assertThat(take(limit, "clock", 10).stream().filter(Allowance::granted)).hasSize(3);
        pass("clock", Duration.ofHours(5));
        assertThat(take(limit, "clock", 100).stream().filter(Allowance::granted))
                .hasSize(60);
    }

    @Test
    void a_new_quota_applies_to_the_same_bucket() {
        take(limit("tier", 10), "caller", 10);

        assertThat(take(limit("tier", 100), "caller", 1).get(0).granted()).isFalse();
        pass("caller", Duration.ofMinutes(6));
        assertThat(take(limit("tier", 100), "caller", 20).stream().filter(Allowance::granted))
                .hasSize(10);
        pass("caller", Duration.ofMinutes(6));
        assertThat(take(limit("tier", 10), "caller", 20).stream().filter(Allowance::granted))
                .hasSize(1);
    }

    @Test
    void a_shorter_window_limits_the_use_of_a_longer_one() {
        take(new Limit("window", 1, Duration.ofDays(1)), "config", 1);

        Allowance refused = take(limit("window", 60), "config", 1).get(0);
        assertThat(refused.granted()).isFalse();
        assertThat(refused.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofMinutes(1));
        pass("config", Duration.ofMinutes(2));
        assertThat(take(limit("window", 60), "config", 5).stream().filter(Allowance::granted))
                .hasSize(2);
    }

    @Test
    void a_sweep_deletes_only_full_buckets() {
        migrated.sql("TRUNCATE rate_buckets");
        take(limit("sweep", 10), "full", 1);
        take(limit("sweep", 10), "used", 1);
        pass("full", Duration.ofMinutes(7));

        assertThat(TestServer.await(buckets.sweep(1))).isTrue();
        assertThat(TestServer.await(buckets.sweep(1))).isFalse();
        assertThat(migrated.sql("SELECT count(*) FROM rate_buckets WHERE key LIKE '% used'"))
                .isEqualTo(1);
        assertThat(migrated.sql("SELECT count(*) FROM rate_buckets")).isEqualTo(1);
    }

    @Test
    void the_fields_follow_the_draft() {
        Allowance allowance = new Allowance(limit("address", 60), true, 12, Duration.ofMillis(29_001), Duration.ZERO);

        assertThat(allowance.policyField()).isEqualTo("\"address\";q=60;w=3600");
        assertThat(allowance.field()).isEqualTo("\"address\";r=12;t=30");
    }
}
