package dev.nostrtrust;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Registered for every test class: nothing may block an event loop for longer than servers under test allow (200 ms).
 * Vert.x' own checker is what looks; that it would speak up is tested in {@code BlockedLoopsTest}.
 */
public final class BlockedLoops implements BeforeAllCallback, AfterAllCallback {
    private static final List<String> REPORTS = new CopyOnWriteArrayList<>();
    private static final Appender APPENDER = new Appender();

    private static final class Appender extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            REPORTS.add(event.getFormattedMessage());
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        listen();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        assertThat(take()).as("reports of blocked event loops").isEmpty();
    }

    /** What was reported since the last time, which is forgotten with it. */
    static List<String> take() {
        List<String> reports = List.copyOf(REPORTS);
        REPORTS.removeAll(reports);
        return reports;
    }

    private static synchronized void listen() {
        if (!APPENDER.isStarted()) {
            APPENDER.start();
            Logger checker = (Logger) LoggerFactory.getLogger("io.vertx.core.impl.BlockedThreadChecker");
            checker.addAppender(APPENDER);
        }
    }
}
