package dev.nostrtrust.platform;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Listens to what one class logs, until it is closed. */
final class HeardLog implements AutoCloseable {
    private final Logger log;
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    HeardLog(Class<?> source) {
        log = (Logger) LoggerFactory.getLogger(source);
        lines.start();
        log.addAppender(lines);
    }

    /** What an operator gets to read by default: information and worse. */
    List<String> lines() {
        return List.copyOf(lines.list).stream()
                .filter(line -> line.getLevel().isGreaterOrEqual(Level.INFO))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Override
    public void close() {
        log.detachAppender(lines);
    }
}
