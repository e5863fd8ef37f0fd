package dev.nostrtrust.http;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.overload.Admission.Precedence;
import dev.nostrtrust.overload.AdmissionHandler;
import dev.nostrtrust.overload.ConnectionTracker;
import dev.nostrtrust.overload.Permit;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The operations of the API, by method and path template such as {@code /api/jobs/{id}}. */
public final class Routes {
    private static final int LARGE_ANSWER = 64 * 1024;
    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");

    private final Router router;
    private final AdmissionHandler admission;
    private final int bodyLimit;
    private final List<Operation> operations = new ArrayList<>();
    private final List<Operation> finishing = new ArrayList<>();
    /** Routes that are not in the contract: HEAD and files. */
    private final List<Operation> others = new ArrayList<>();

    /** Templates without parameters. */
    private final Set<String> fixed = new HashSet<>();

    private final Map<String, IntFunction<ApiError>> oversized = new HashMap<>();

    /** By template. */
    private final Map<String, LargerBody> largerBodies = new HashMap<>();

    /**
     * A limit of bodies above the one of the server.
     *
     * @param bytes the limit
     * @param permission fails for a caller that may not send so much; runs before a body above the limit is read
     */
    record LargerBody(int bytes, Function<Request, Future<?>> permission) {}

    /** One method on one path template, with its precedence for permits. */
    static final class Operation {
        private final String method;
        private final String template;
        private final Precedence precedence;
        private final Predicate<Request> reserve;
        private final Pattern pattern;

        Operation(HttpMethod method, String template, Precedence precedence, Predicate<Request> reserve) {
            this.method = method.name();
            this.template = template;
            this.precedence = precedence;
            this.reserve = reserve;
            this.pattern = Pattern.compile(PARAMETER.matcher(template).replaceAll("[^/]+"));
        }

        /** Whether a request may use the reserve. */
        boolean holdsReserve(Request request) {
            return reserve.test(request);
        }

        boolean matches(String path) {
            return pattern.matcher(path).matches();
        }
    }

    /**
     * Creates routes.
     *
     * @param bodyLimit the largest body, in bytes
     */
    Routes(Router router, AdmissionHandler admission, int bodyLimit) {
        this.router = router;
        this.admission = admission;
        this.bodyLimit = bodyLimit;
    }

    /** Mounts GET, and HEAD with the same answer without its body. */
    public void get(String template, Endpoint endpoint) {
        add(HttpMethod.GET, template, Precedence.NEW, Routes::noReserve, endpoint);
        addOther(HttpMethod.HEAD, template, endpoint);
    }

    public void post(String template, Endpoint endpoint) {
        add(HttpMethod.POST, template, Precedence.NEW, Routes::noReserve, endpoint);
    }

    /**
     * Mounts a POST whose signature must be verified. It gets a permit when the endpoint calls
     * {@link Request#acquirePermit}, so forged signatures cannot use up the permits.
     */
    public void postUnproven(String template, Endpoint endpoint) {
        add(HttpMethod.POST, template, Precedence.UNPROVEN, Routes::noReserve, endpoint);
    }

    /**
     * Mounts a POST by which a worker finishes existing work. It may use the reserve.
     *
     * @param isWorker whether a worker sent the request; must be cheap, because it is evaluated under overload
     */
    public void postFinishing(String template, Predicate<Request> isWorker, Endpoint endpoint) {
        add(HttpMethod.POST, template, Precedence.FINISHING, isWorker, endpoint);
    }

    public void delete(String template, Endpoint endpoint) {
        add(HttpMethod.DELETE, template, Precedence.NEW, Routes::noReserve, endpoint);
    }

    /** Serves a file, which is not an operation of the API. */
    void file(String path, Endpoint endpoint) {
        addOther(HttpMethod.GET, path, endpoint);
        addOther(HttpMethod.HEAD, path, endpoint);
    }

    /** Sets the error of an operation for a body over the limit of the server, which is given in bytes. */
    public void refuseOversized(String template, IntFunction<ApiError> error) {
        oversized.put(template, error);
    }

    /**
     * Accepts bodies above the limit of the server on an operation.
     *
     * @param permission fails for a caller that may not send so much; runs before a body above the limit is read
     */
    public void acceptLarger(String template, int bytes, Function<Request, Future<?>> permission) {
        largerBodies.put(template, new LargerBody(Math.max(bytes, bodyLimit), permission));
    }

    /** The limit of bodies on this path; null where it is the one of the server. */
    @Nullable
    LargerBody largerBody(String path) {
        return ofPath(largerBodies, path);
    }

    /** The error for a body on this path that is too large. */
    ApiError oversized(String path) {
        LargerBody larger = largerBody(path);
        int limit = larger == null ? bodyLimit : larger.bytes();
        IntFunction<ApiError> own = ofPath(oversized, path);
        return own == null
                ? ApiError.of(ErrorCode.BODY_TOO_LARGE, "The body has more than " + limit + " bytes.")
                : own.apply(limit);
    }

    private <T> @Nullable T ofPath(Map<String, T> byTemplate, String path) {
        for (Operation operation : operations) {
            T found = byTemplate.get(operation.template);
            if (found != null && operation.matches(path)) {
                return found;
            }
        }
        return null;
    }

    /** Whether an operation on this path may use the reserve. */
    boolean mayFinish(String path) {
        return finishing.stream().anyMatch(operation -> operation.matches(path));
    }

    /** Every operation of the API, as {@code METHOD template}. */
    List<String> operations() {
        return operations.stream()
                .map(operation -> operation.method + " " + operation.template)
                .toList();
    }

    /** The methods of a path. */
    List<String> methodsOf(String path) {
        return Stream.concat(operations.stream(), others.stream())
                .filter(operation -> operation.matches(path) && !hasOwnTemplate(path, operation))
                .map(operation -> operation.method)
                .distinct()
                .toList();
    }

    private void add(
            HttpMethod method, String template, Precedence precedence, Predicate<Request> reserve, Endpoint endpoint) {
        Operation operation = new Operation(method, template, precedence, reserve);
        operations.add(operation);
        if (precedence == Precedence.FINISHING) {
            finishing.add(operation);
        }
        mount(method, operation, endpoint);
    }

    private void addOther(HttpMethod method, String template, Endpoint endpoint) {
        Operation other = new Operation(method, template, Precedence.NEW, Routes::noReserve);
        others.add(other);
        mount(method, other, endpoint);
    }

    private void mount(HttpMethod method, Operation operation, Endpoint endpoint) {
        if (operation.template.indexOf('{') < 0) {
            fixed.add(operation.template);
        }
        router.route(method, PARAMETER.matcher(operation.template).replaceAll(":$1"))
                .handler(context -> {
                    if (hasOwnTemplate(String.valueOf(context.request().path()), operation)) {
                        context.next();
                        return;
                    }
                    RequestMeters.operation(context, operation.template);
                    Permit permit = admission.admit(
                            context, operation.precedence, () -> operation.holdsReserve(new Request(context)));
                    Future.succeededFuture(new Request(context))
                            .compose(endpoint::handle)
                            .eventually(permit::close)
                            .onSuccess(reply -> send(context, reply))
                            .onFailure(context::fail);
                });
    }

    /** Whether a fixed path takes precedence over an operation's template (OpenAPI 3.1, section 4.8.8.1). */
    private boolean hasOwnTemplate(String path, Operation operation) {
        return fixed.contains(path) && !operation.template.equals(path);
    }

    private static boolean noReserve(Request request) {
        return false;
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
            ConnectionTracker.guard(context.request().connection()).extendAnswerTimeout(Long.MAX_VALUE);
            stream.accept(new EventStream(context));
            return;
        }
        if (reply.body().length() > LARGE_ANSWER) {
            ConnectionTracker.guard(context.request().connection()).expectLargeAnswer();
        }
        Responses.end(context.request(), reply.body()).onFailure(gone -> Problems.logGone(context, gone));
    }
}
