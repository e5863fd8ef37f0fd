package dev.nostrtrust.overload;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.overload.Admission.Precedence;
import dev.nostrtrust.ratelimit.ClientAddresses;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Admits requests: sets the deadlines of each request when its head has arrived, and acquires its permit when its route
 * is known. Belongs to one event loop.
 */
public final class AdmissionHandler implements Handler<RoutingContext> {
    private static final String HANDLER = "admission";
    private static final String PERMIT = "permit";
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Admission admission;
    private final ClientAddresses addresses;
    private final RereadQueue rereads;

    public AdmissionHandler(Vertx vertx, Settings settings, Admission admission) {
        this.admission = admission;
        this.addresses = ClientAddresses.of(settings);
        this.rereads = new RereadQueue(vertx, admission, settings.httpInFlight());
    }

    /** The handler that admitted a request. */
    public static AdmissionHandler of(RoutingContext context) {
        return context.get(HANDLER);
    }

    /** The permit of an admitted request. */
    public static Permit permitOf(RoutingContext context) {
        return context.get(PERMIT);
    }

    public ClientAddresses addresses() {
        return addresses;
    }

    /**
     * Runs a database read of a long poll or stream after a wake-up, when its turn comes. The result arrives on the
     * caller's context.
     */
    public <T> Future<T> reread(Supplier<Future<T>> read) {
        return rereads.submit(read);
    }

    /** Sets the deadlines of a request; fails it with {@code overloaded} on a connection beyond a limit. */
    @Override
    public void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        ConnectionGuard guard = ConnectionTracker.guard(request.connection());
        guard.onTimeout(context::fail);
        HttpServerRequest current = guard.request();
        RequestEnd.of(context).onSuccess(ended -> guard.end(current, System.nanoTime()));
        context.put(HANDLER, this);
        String refusalReason = guard.refusalReason();
        if (refusalReason != null) {
            context.response().putHeader("Connection", "close");
            context.fail(ApiError.unavailable(ErrorCode.OVERLOADED, refusalReason, RETRY_AFTER));
        } else {
            guard.whenWritable(request, context::next);
        }
    }

    /**
     * Admits a request whose body has arrived. A request holds no permit before that, so slow bodies do not block other
     * requests.
     *
     * @param mayUseReserve whether the request may use the reserve; evaluated only when no other permit is free
     * @return the permit, to be closed when the route has handled the request; not yet acquired for
     *     {@link Precedence#UNPROVEN}
     * @throws ApiError {@code overloaded} when no permit is free
     */
    public Permit admit(RoutingContext context, Precedence precedence, BooleanSupplier mayUseReserve) {
        Permit permit = new Permit(admission, RequestEnd.of(context));
        boolean admitted =
                switch (precedence) {
                    case UNPROVEN -> !admission.isFull();
                    case NEW, WOKEN -> permit.acquire(Precedence.NEW);
                    case FINISHING ->
                        permit.acquire(Precedence.NEW)
                                || (mayUseReserve.getAsBoolean() && permit.acquire(Precedence.FINISHING));
                };
        if (!admitted) {
            throw overloaded();
        }
        context.put(PERMIT, permit);
        return permit;
    }

    /** The refusal of a request that gets no permit. */
    public static ApiError overloaded() {
        return ApiError.unavailable(
                ErrorCode.OVERLOADED, "The server is overloaded. Send the request again later.", RETRY_AFTER);
    }

    /** The refusal of a request that does not arrive in time. */
    public static ApiError requestTimeout() {
        return ApiError.of(ErrorCode.REQUEST_TIMEOUT, "The request did not arrive in time. Send it again.");
    }

    /** The refusal of a request that is not answered in time. */
    public static ApiError answerTimeout() {
        return ApiError.unavailable(
                ErrorCode.OVERLOADED,
                "The server did not answer in time. Send the request again later.",
                RETRY_AFTER.multipliedBy(2));
    }
}
