package dev.nostrtrust.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.fixture.RecordedLog;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ThrottledWarningTest {
    // System.nanoTime may start at any value and overflow.
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final ThrottledWarning warning =
            new ThrottledWarning(LoggerFactory.getLogger(ThrottledWarningTest.class), "database", now::get);

    @Test
    void a_thousand_warnings_within_a_second_are_logged_once_and_counted() {
        try (RecordedLog heard = new RecordedLog(ThrottledWarningTest.class)) {
            for (int i = 0; i < 1000; i++) {
                warning.of(new IOException("away"));
            }
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
            warning.of(new IOException("still away"));
            now.addAndGet(TimeUnit.SECONDS.toNanos(5));
            warning.of(new IOException("away again"));

            assertThat(heard.lines())
                    .containsExactly(
                            "database: java.io.IOException: away",
                            "database: java.io.IOException: still away (999 more since the last such line)",
                            "database: java.io.IOException: away again");
        }
    }
}
