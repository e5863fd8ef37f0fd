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
        for (ErrorCode code : ErrorCode.values()) {
            refusals.put(
                    code,
                    Counter.builder("http.server.refusals")
                            .description("Refused requests by error code.")
                            .tag("code", code.code())
                            .register(metrics.registry()));
        }
    }

    /** Starts the timer of a request; it stops when the answer is sent or the client has gone. */
    void begin(RoutingContext context) {
        long begun = System.nanoTime();
        RequestEnd.of(context).onSuccess(ended -> end(context, System.nanoTime() - begun));
    }

    /** Sets the operation of a request. */
    static void operation(RoutingContext context, String template) {
        context.put(TEMPLATE, template);
    }

    /** Marks a request whose client asked to wait, so that its time is recorded apart. */
    static void held(RoutingContext context) {
        context.put(HELD, true);
    }

    /** Counts a refusal. */
    void refused(ErrorCode code) {
        Counter counter = refusals.get(code);
        if (counter != null) {
            counter.increment();
        }
    }

    /** The method of a request; {@code OTHER} for unknown methods. */
    static String method(RoutingContext context) {
        HttpMethod method = context.request().method();
        return METHODS.contains(method) ? method.name() : "OTHER";
    }

    /** The path template of a request; {@code none} for unknown paths. */
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
                .description(
                        "Time from the head of a request to the end of its answer. held=true: the client asked to wait.")
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
