package dev.nostrtrust.http;

import dev.nostrtrust.fault.Fault;
import dev.nostrtrust.fault.FaultKind;
import dev.nostrtrust.http.Admission.Precedence;
import dev.nostrtrust.platform.TraceParent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * Refuses a request from its bytes while there is no room, for a fraction of what it costs to make HTTP of them: what
 * is refused must not take the time of what is served. Belongs to one event loop.
 */
final class QuickRefusals {
    private static final long FRESH_NANOS = Duration.ofMillis(100).toNanos();
    private static final String NO_TRACE = "f".repeat(32);

    private final Admission admission;
    private final Problems problems;
    private final RequestMeters meters;
    private final CrossOrigin crossOrigin;
    private byte[] template = {};
    private int[] traces = {};
    private int statusLine;
    private long made;

    QuickRefusals(Admission admission, Problems problems, RequestMeters meters, CrossOrigin crossOrigin) {
        this.admission = admission;
        this.problems = problems;
        this.meters = meters;
        this.crossOrigin = crossOrigin;
    }

    /** Whether this request would find no room. */
    boolean applies(RequestBytes request) {
        return admission.isFull() && Gate.precedence(path(request.target())) == Precedence.NEW;
    }

    /** The whole answer, 503 {@code overloaded}; the connection stays open. */
    ByteBuf answer(RequestBytes request, long now) {
        meters.refused(FaultKind.OVERLOADED);
        if (template.length == 0 || now - made > FRESH_NANOS) {
            renew(now);
        }
        byte[] trace = TraceParent.traceId(request.traceparent()).getBytes(StandardCharsets.US_ASCII);
        byte[] answer = template.clone();
        for (int at : traces) {
            System.arraycopy(trace, 0, answer, at, trace.length);
        }
        byte[] lines = crossOrigin.lines(request.origin());
        return lines.length == 0
                ? Unpooled.wrappedBuffer(answer)
                : Unpooled.wrappedBuffer(
                        Unpooled.wrappedBuffer(answer, 0, statusLine),
                        Unpooled.wrappedBuffer(lines),
                        Unpooled.wrappedBuffer(answer, statusLine, answer.length - statusLine));
    }

    /** The whole answer to a request whose head does not come, 408; the connection is to be closed. */
    ByteBuf tooSlow() {
        meters.refused(FaultKind.REQUEST_TIMEOUT);
        return Unpooled.wrappedBuffer(problems.response(Gate.tooSlow(), TraceParent.randomTraceId(), true));
    }

    // The time of day in it is to the tenth of a second.
    private void renew(long now) {
        Fault fault = Gate.full();
        String text = new String(problems.response(fault, NO_TRACE, false), StandardCharsets.ISO_8859_1);
        int first = text.indexOf(NO_TRACE);
        traces = new int[] {first, text.indexOf(NO_TRACE, first + 1)};
        template = text.getBytes(StandardCharsets.ISO_8859_1);
        statusLine = text.indexOf("\r\n") + 2;
        made = now;
        if (Arrays.stream(traces).anyMatch(at -> at < 0)) {
            throw new IllegalStateException("a problem names its trace twice");
        }
    }

    private static String path(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }
}
