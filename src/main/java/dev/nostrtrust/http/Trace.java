package dev.nostrtrust.http;

import io.vertx.ext.web.RoutingContext;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The trace that a request belongs to: the caller's, if it sends a W3C {@code traceparent}, or one of its own. */
final class Trace {
    static final String HEADER = "X-Trace-Id";
    private static final String KEY = "trace-id";
    private static final Pattern PARENT = Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");
    private static final String INVALID = "0".repeat(32);

    // A trace id is a name and no secret: it need not cost a CSPRNG's time.
    private static final ThreadLocal<SplittableRandom> RANDOM = ThreadLocal.withInitial(SplittableRandom::new);

    private Trace() {}

    static void begin(RoutingContext context) {
        String id = of(context.request().getHeader("traceparent"));
        context.put(KEY, id);
        context.response().putHeader(HEADER, id);
    }

    static String idOf(RoutingContext context) {
        if (context.get(KEY) == null) {
            begin(context);
        }
        return context.get(KEY);
    }

    /** The id in a {@code traceparent}, or a new one. */
    static String of(@Nullable String parent) {
        Matcher form = PARENT.matcher(parent == null ? "" : parent);
        return form.matches() && !form.group(1).equals(INVALID) ? form.group(1) : random();
    }

    static String random() {
        byte[] id = new byte[16];
        RANDOM.get().nextBytes(id);
        return HexFormat.of().formatHex(id);
    }
}
