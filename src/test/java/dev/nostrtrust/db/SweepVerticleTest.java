package dev.nostrtrust.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.fixture.RecordedLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SweepVerticleTest {
    @Test
    void repeated_failures_are_logged_at_the_first_failure_and_at_the_recovery() throws Exception {
        Vertx vertx = Vertx.vertx();
        CountDownLatch sweeps = new CountDownLatch(7);
        SweepVerticle verticle = new SweepVerticle("crumbs", Duration.ofMillis(1), () -> {
            sweeps.countDown();
            if (sweeps.getCount() > 5) {
                throw new IllegalStateException("no broom");
            }
            return sweeps.getCount() > 3
                    ? Future.failedFuture(new IllegalStateException("no broom"))
                    : Future.succeededFuture(false);
        });

        try (RecordedLog heard = new RecordedLog(SweepVerticle.class)) {
            try {
                vertx.deployVerticle(verticle).await(60, TimeUnit.SECONDS);
                assertThat(sweeps.await(60, TimeUnit.SECONDS)).isTrue();
            } finally {
                vertx.close().await(60, TimeUnit.SECONDS);
            }
            assertThat(heard.lines().stream().filter(line -> line.contains("crumbs")))
                    .containsExactly(
                            "the sweep of crumbs failed and will be retried: "
                                    + "java.lang.IllegalStateException: no broom",
                            "the sweep of crumbs succeeds again");
        }
    }
}
