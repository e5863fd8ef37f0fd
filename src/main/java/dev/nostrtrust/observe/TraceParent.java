package dev.nostrtrust.observe;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.spi.context.storage.AccessMode;
import io.vertx.core.spi.context.storage.ContextLocal;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The current trace in the sense of W3C Trace Context. It is stored in the Vert.x context of the request and sent with
 * each message. Any thread.
 */
public final class TraceParent {
    public static final String HEADER = "traceparent";

    private static final Pattern FORM =
            Pattern.compile("(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?");
    private static final ContextLocal<Span> LOCAL = ContextLocal.registerLocal(Span.class);

    // A trace id is not a secret, so it needs no CSPRNG.
    private static final ThreadLocal<SplittableRandom> RANDOM = ThreadLocal.withInitial(SplittableRandom::new);

    /** A span of a trace. The ids have 32 and 16 hexadecimal digits. */
    record Span(String traceId, String spanId) {}

    private TraceParent() {}

    /**
     * The trace id of a valid {@code traceparent}, else a new one. A header of a later version is valid if it begins
     * like version 00. Ids of zeros are invalid.
     */
    public static String traceId(@Nullable String parent) {
        if (parent == null) {
            return randomTraceId();
        }
        Matcher form = FORM.matcher(parent);
        boolean valid = form.matches()
                && !(form.group(1).equals("00") && form.group(4) != null)
                && !isZero(form.group(2))
                && !isZero(form.group(3));
        return valid ? form.group(2) : randomTraceId();
    }

    /** A new trace id: 32 hexadecimal digits. */
    public static String randomTraceId() {
        return random(16);
    }

    /** Sets the trace of the current context, with a new span. */
    public static void set(String traceId) {
        if (context() instanceof ContextInternal context) {
            context.putLocal(LOCAL, AccessMode.CONCURRENT, new Span(traceId, random(8)));
        }
    }

    /** The span of the current context; null if none is set. */
    static @Nullable Span current() {
        return context() instanceof ContextInternal context ? context.getLocal(LOCAL, AccessMode.CONCURRENT) : null;
    }

    /** A {@code traceparent} for a message: the current span, or a new trace. */
    public static String next() {
        Span current = current();
        Span span = current == null ? new Span(randomTraceId(), random(8)) : current;
        return "00-" + span.traceId() + "-" + span.spanId() + "-01";
    }

    /** Registers the context local. Must be called before Vert.x starts. */
    public static void prepare() {
        // The call loads the class, and the class initializer registers the local.
    }

    private static boolean isZero(String id) {
        return id.chars().allMatch(digit -> digit == '0');
    }

    private static @Nullable Context context() {
        return Vertx.currentContext();
    }

    private static String random(int bytes) {
        byte[] id = new byte[bytes];
        RANDOM.get().nextBytes(id);
        return HexFormat.of().formatHex(id);
    }
}
