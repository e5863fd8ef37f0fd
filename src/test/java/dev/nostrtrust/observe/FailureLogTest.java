package dev.nostrtrust.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.fixture.RecordedLog;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class FailureLogTest {
    private final FailureLog failures = new FailureLog(LoggerFactory.getLogger(FailureLogTest.class), "the sweep");

    @Test
    void each_series_of_failures_has_a_line_at_its_start_and_at_its_end() {
        try (RecordedLog log = new RecordedLog(FailureLogTest.class)) {
            failures.succeeded();
            failures.failed(new IOException("away"));
            failures.failed(new IOException("still away"));
            failures.succeeded();
            failures.succeeded();
            failures.failed(new IOException("away again"));

            assertThat(log.lines())
                    .containsExactly(
                            "the sweep failed and will be retried: java.io.IOException: away",
                            "the sweep succeeds again",
                            "the sweep failed and will be retried: java.io.IOException: away again");
        }
    }
}
