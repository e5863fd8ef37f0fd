package dev.nostrtrust.observe;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.nostrtrust.observe.TraceParent.Span;

/** Writes the trace id into a text log line, or {@code -} outside a request. Runs on the logging thread. */
public final class TraceIdConverter extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
        Span span = TraceParent.current();
        return span == null ? "-" : span.traceId();
    }
}
