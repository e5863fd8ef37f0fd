package dev.nostrtrust.platform;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SweepVerticleTest {
    private static final Logger LOG = (Logger) LoggerFactory.getLogger(SweepVerticle.class);

    @Test
    void a_sweep_that_fails_again_and_again_is_told_of_when_it_begins_and_when_it_is_over() throws Exception {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        LOG.addAppender(lines);
        Vertx vertx = Vertx.vertx();
        CountDownLatch sweeps = new CountDownLatch(7);
        SweepVerticle verticle = new SweepVerticle("crumbs", Duration.ofMillis(1), () -> {
            sweeps.countDown();
            return sweeps.getCount() > 3
                    ? Future.failedFuture(new IllegalStateException("no broom"))
                    : Future.succeededFuture(false);
        });

        try {
            vertx.deployVerticle(verticle).await(10, TimeUnit.SECONDS);
            assertThat(sweeps.await(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
            LOG.detachAppender(lines);
        }

        List<String> told = lines.list.stream()
                .filter(line -> line.getLevel().isGreaterOrEqual(Level.INFO))
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.contains("crumbs"))
                .toList();
        assertThat(told)
                .containsExactly(
                        "the sweep of crumbs waits for its next turn, until one succeeds: "
                                + "java.lang.IllegalStateException: no broom",
                        "the sweep of crumbs goes on");
    }
}
