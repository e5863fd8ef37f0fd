package dev.nostrtrust.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.fixture.HeardLog;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class FrequentWarningTest {
    // The clock of Java may begin anywhere, and pass the greatest long.
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final FrequentWarning warning =
            new FrequentWarning(LoggerFactory.getLogger(FrequentWarningTest.class), "database", now::get);

    @Test
    void what_happens_a_thousand_times_within_a_second_is_told_once_and_counted() {
        try (HeardLog heard = new HeardLog(FrequentWarningTest.class)) {
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
                            "database: java.io.IOException: still away, after 999 more since the last such line",
                            "database: java.io.IOException: away again");
        }
    }
}
