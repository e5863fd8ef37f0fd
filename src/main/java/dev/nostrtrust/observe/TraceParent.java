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
 * The trace that work belongs to, as W3C Trace Context names it: kept with the context of the request that began it, so
 * that what is published for it says so. Any thread.
 */
public final class TraceParent {
    public static final String HEADER = "traceparent";

    private static final Pattern FORM =
            Pattern.compile("(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?");
    private static final ContextLocal<Span> LOCAL = ContextLocal.registerLocal(Span.class);

    // A trace id is a name and no secret: it need not cost a CSPRNG's time.
    private static final ThreadLocal<SplittableRandom> RANDOM = ThreadLocal.withInitial(SplittableRandom::new);

    /** A piece of work within a trace: 32 and 16 hexadecimal digits. */
    record Span(String traceId, String spanId) {}

    private TraceParent() {}

    /**
     * The trace id in a {@code traceparent}, or a new one where there is none that is valid: of version 00, or of a
     * later one that begins as 00 does, and of ids that are not all zeros.
     */
    public static String traceId(@Nullable String parent) {
        Matcher form = FORM.matcher(parent == null ? "" : parent);
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

    /** Says to which trace everything belongs that is done on the current context from now on, as a new span of it. */
    public static void keep(String traceId) {
        if (context() instanceof ContextInternal context) {
            context.putLocal(LOCAL, AccessMode.CONCURRENT, new Span(traceId, random(8)));
        }
    }

    /** What the current context is at; null where it was not said. */
    static @Nullable Span current() {
        return context() instanceof ContextInternal context ? context.getLocal(LOCAL, AccessMode.CONCURRENT) : null;
    }

    /** A {@code traceparent} for a message: of what the current context is at, or of a new trace. */
    public static String next() {
        Span current = current();
        Span span = current == null ? new Span(randomTraceId(), random(8)) : current;
        return "00-" + span.traceId() + "-" + span.spanId() + "-01";
    }

    /** Has to be called before Vert.x starts: it makes room for locals then. */
    public static void prepare() {
        // To call it has loaded the class, and that is what registers the local.
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
