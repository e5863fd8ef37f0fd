package dev.nostrtrust.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.observe.TraceParent.Span;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/**
 * Encodes log events as one JSON object per line: timestamp, level, logger, thread, message, trace_id and span_id of
 * the current request, the key-value pairs of the event, and the exception with its stack. Runs on the logging thread,
 * because the trace belongs to its context; an asynchronous appender loses it.
 */
public final class JsonLogEncoder extends EncoderBase<ILoggingEvent> {
    private static final byte[] EMPTY = {};

    @Override
    public byte[] encode(ILoggingEvent event) {
        Json.Obj.Builder line = Json.object()
                .put("timestamp", event.getInstant())
                .put("level", event.getLevel().toString())
                .put("logger", event.getLoggerName())
                .put("thread", event.getThreadName())
                .put("message", event.getFormattedMessage());
        Span span = TraceParent.current();
        if (span != null) {
            line.put("trace_id", span.traceId()).put("span_id", span.spanId());
        }
        List<KeyValuePair> named = event.getKeyValuePairs();
        if (named != null) {
            named.forEach(pair -> line.put(pair.key, value(pair.value)));
        }
        if (event.getThrowableProxy() != null) {
            line.put("exception", ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
        return (line.build().encode() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] headerBytes() {
        return EMPTY;
    }

    @Override
    public byte[] footerBytes() {
        return EMPTY;
    }

    private static Json value(Object value) {
        return value instanceof Number number ? Json.of(number.longValue()) : Json.of(String.valueOf(value));
    }
}
