package dev.nostrtrust.observe;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.nostrtrust.observe.TraceParent.Span;

/** The trace id in a line of text, {@code -} where the line belongs to no request. On the thread that logs. */
public final class TraceIdConverter extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
        Span span = TraceParent.current();
        return span == null ? "-" : span.traceId();
    }
}
