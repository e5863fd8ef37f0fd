package dev.nostrtrust.http;

import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.observe.Metrics;
import dev.nostrtrust.overload.RequestEnd;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Times requests by route and outcome, counts refusals by error code, and writes the access log ({@code ACCESS_LOG}).
 * Unknown paths and methods share one meter, so clients cannot create meters. Any thread.
 */
final class RequestMeters {
    private static final Logger LOG = LoggerFactory.getLogger("dev.nostrtrust.http.AccessLog");
    private static final String TEMPLATE = "template";
    private static final String HELD = "held";
    private static final Set<HttpMethod> METHODS =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.DELETE, HttpMethod.OPTIONS);

    private final Metrics metrics;
    private final boolean accessLog;
    private final Map<Outcome, Timer> timers = new ConcurrentHashMap<>();
    private final Map<ErrorCode, Counter> refusals = new EnumMap<>(ErrorCode.class);

    private record Outcome(String method, String route, String status, boolean held) {}

    RequestMeters(Metrics metrics, boolean accessLog) {
        this.metrics = metrics;
        this.accessLog = accessLog;
        for (ErrorCode kind : ErrorCode.values()) {
            refusals.put(
                    kind,
                    Counter.builder("http.server.refusals")
                            .description("Requests that were refused, by the code of the problem.")
                            .tag("code", kind.code())
                            .register(metrics.registry()));
        }
    }

    /** Begins to time a request; it ends with its answer, or when its client leaves. */
    void begin(RoutingContext context) {
        long begun = System.nanoTime();
        RequestEnd.of(context).onSuccess(ended -> end(context, System.nanoTime() - begun));
    }

    /** Says of which operation a request is. */
    static void operation(RoutingContext context, String template) {
        context.put(TEMPLATE, template);
    }

    /** Says that the answer is held back because the client asked for it: how long it takes is no fault of ours. */
    static void held(RoutingContext context) {
        context.put(HELD, true);
    }

    /** Counts a refusal. */
    void refused(ErrorCode kind) {
        Counter counter = refusals.get(kind);
        if (counter != null) {
            counter.increment();
        }
    }

    /** The method of a request, {@code OTHER} for one that no operation has. */
    static String method(RoutingContext context) {
        HttpMethod method = context.request().method();
        return METHODS.contains(method) ? method.name() : "OTHER";
    }

    /** The path of a request as in the contract, {@code none} where there is no such operation. */
    static String route(RoutingContext context) {
        String template = context.get(TEMPLATE);
        return template == null ? "none" : template;
    }

    private void end(RoutingContext context, long nanos) {
        Boolean held = context.get(HELD);
        boolean answered = context.response().headWritten();
        Outcome outcome = new Outcome(
                method(context),
                route(context),
                answered ? Integer.toString(context.response().getStatusCode()) : "left",
                held != null);
        timers.computeIfAbsent(outcome, this::timer).record(nanos, TimeUnit.NANOSECONDS);
        if (accessLog) {
            log(outcome, nanos);
        }
    }

    private Timer timer(Outcome outcome) {
        return metrics.timer("http.server.requests")
                .description("Requests from their head to the end of their answer; held are those that asked to wait.")
                .tag("method", outcome.method())
                .tag("route", outcome.route())
                .tag("status", outcome.status())
                .tag("held", Boolean.toString(outcome.held()))
                .register(metrics.registry());
    }

    /** Logs the route and not the path, which may hold ids, keys and anything else that a client sends. */
    private static void log(Outcome outcome, long nanos) {
        LOG.atInfo()
                .addKeyValue("method", outcome.method())
                .addKeyValue("route", outcome.route())
                .addKeyValue("status", outcome.status())
                .addKeyValue("duration_ms", TimeUnit.NANOSECONDS.toMillis(nanos))
                .log("request");
    }
}
