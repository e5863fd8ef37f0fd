package dev.nostrtrust.http;

import dev.nostrtrust.fault.Fault;
import dev.nostrtrust.fault.FaultKind;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The operations of the API, by method and path template such as {@code /api/jobs/{id}}. */
public final class Routes {
    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");

    private final Router router;
    private final int bodyLimit;
    private final List<Operation> operations = new ArrayList<>();
    /** What the contract does not name: HEAD, and files. */
    private final List<Operation> others = new ArrayList<>();

    private final Map<String, Supplier<Fault>> oversized = new HashMap<>();

    /** One method on one path template. */
    record Operation(String method, String template) {
        boolean matches(String path) {
            return path.matches(PARAMETER.matcher(template).replaceAll("[^/]+"));
        }
    }

    /**
     * Makes routes.
     *
     * @param bodyLimit the largest body, in bytes
     */
    Routes(Router router, int bodyLimit) {
        this.router = router;
        this.bodyLimit = bodyLimit;
    }

    /** Answers GET, and HEAD alike without the body. */
    public void get(String template, Endpoint endpoint) {
        add(HttpMethod.GET, template, endpoint);
        addOther(HttpMethod.HEAD, template, endpoint);
    }

    public void post(String template, Endpoint endpoint) {
        add(HttpMethod.POST, template, endpoint);
    }

    public void delete(String template, Endpoint endpoint) {
        add(HttpMethod.DELETE, template, endpoint);
    }

    /** Gives out a file; that is no operation of the API. */
    void file(String path, Endpoint endpoint) {
        addOther(HttpMethod.GET, path, endpoint);
        addOther(HttpMethod.HEAD, path, endpoint);
    }

    /** Refuses a body that is too large for the server with a fault of the operation's own. */
    public void refuseOversized(String path, Supplier<Fault> fault) {
        oversized.put(path, fault);
    }

    /** What to say of a body on this path that is too large. */
    Fault oversized(String path) {
        Supplier<Fault> own = oversized.get(path);
        return own == null
                ? Fault.of(FaultKind.BODY_TOO_LARGE, "The body has more than " + bodyLimit + " bytes.")
                : own.get();
    }

    /** Every operation of the API, as {@code METHOD template}. */
    List<String> operations() {
        return operations.stream()
                .map(operation -> operation.method() + " " + operation.template())
                .toList();
    }

    /** The methods that a path knows. */
    List<String> methodsOf(String path) {
        return Stream.concat(operations.stream(), others.stream())
                .filter(operation -> operation.matches(path))
                .map(Operation::method)
                .distinct()
                .toList();
    }

    private void add(HttpMethod method, String template, Endpoint endpoint) {
        operations.add(new Operation(method.name(), template));
        mount(method, template, endpoint);
    }

    private void addOther(HttpMethod method, String template, Endpoint endpoint) {
        others.add(new Operation(method.name(), template));
        mount(method, template, endpoint);
    }

    private void mount(HttpMethod method, String template, Endpoint endpoint) {
        router.route(method, PARAMETER.matcher(template).replaceAll(":$1")).handler(context -> {
            RequestMeters.operation(context, template);
            answer(context, endpoint);
        });
    }

    private static void answer(RoutingContext context, Endpoint endpoint) {
        try {
            endpoint.handle(new Request(context))
                    .onSuccess(reply -> send(context, reply))
                    .onFailure(context::fail);
        } catch (RuntimeException refused) {
            context.fail(refused);
        }
    }

    private static void send(RoutingContext context, Reply reply) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(reply.status());
        reply.headers().forEach(response::putHeader);
        if (!reply.contentType().isEmpty()) {
            response.putHeader("Content-Type", reply.contentType());
        }
        Consumer<EventStream> stream = reply.stream();
        if (stream != null && !context.request().method().equals(HttpMethod.HEAD)) {
            RequestMeters.held(context);
            Place.giveBack(context);
            Connections.guard(context.request().connection()).patience(Long.MAX_VALUE);
            stream.accept(new EventStream(context));
            return;
        }
        Responses.end(context.request(), reply.body()).onFailure(gone -> Problems.logGone(context, gone));
    }
}
