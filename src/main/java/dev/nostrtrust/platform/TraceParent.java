package dev.nostrtrust.platform;

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

    private static final Pattern FORM = Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");
    private static final String INVALID = "0".repeat(32);
    private static final ContextLocal<String> LOCAL = ContextLocal.registerLocal(String.class);

    // A trace id is a name and no secret: it need not cost a CSPRNG's time.
    private static final ThreadLocal<SplittableRandom> RANDOM = ThreadLocal.withInitial(SplittableRandom::new);

    private TraceParent() {}

    /** The trace id in a {@code traceparent}, or a new one. */
    public static String traceId(@Nullable String parent) {
        Matcher form = FORM.matcher(parent == null ? "" : parent);
        return form.matches() && !form.group(1).equals(INVALID) ? form.group(1) : randomTraceId();
    }

    /** A new trace id: 32 hexadecimal digits. */
    public static String randomTraceId() {
        return random(16);
    }

    /** Says to which trace everything belongs that is done on the current context from now on. */
    public static void keep(String traceId) {
        if (current() instanceof ContextInternal context) {
            context.putLocal(LOCAL, AccessMode.CONCURRENT, traceId);
        }
    }

    /** A {@code traceparent} for a message: of the trace of the current context, or of a new one. */
    static String next() {
        String traceId =
                current() instanceof ContextInternal context ? context.getLocal(LOCAL, AccessMode.CONCURRENT) : null;
        return "00-" + (traceId == null ? randomTraceId() : traceId) + "-" + random(8) + "-01";
    }

    /** Has to be called before Vert.x starts: it makes room for locals then. */
    static void prepare() {
        // To call it has loaded the class, and that is what registers the local.
    }

    private static @Nullable Context current() {
        return Vertx.currentContext();
    }

    private static String random(int bytes) {
        byte[] id = new byte[bytes];
        RANDOM.get().nextBytes(id);
        return HexFormat.of().formatHex(id);
    }
}
