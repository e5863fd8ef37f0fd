package dev.nostrtrust.overload;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.overload.Admission.Precedence;
import dev.nostrtrust.ratelimit.ClientAddresses;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Where requests come in: puts each under its deadlines when its head is there, and gives it a permit when its route is
 * known. Belongs to one event loop.
 */
public final class AdmissionHandler {
    private static final String KEY = "gate";
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Admission admission;
    private final ClientAddresses addresses;
    private final RereadQueue wokenLooks;

    public AdmissionHandler(Vertx vertx, Settings settings, Admission admission) {
        this.admission = admission;
        this.addresses = ClientAddresses.of(settings);
        this.wokenLooks = new RereadQueue(vertx, admission, settings.httpInFlight());
    }

    /** The gate that a request came in by. */
    public static AdmissionHandler of(RoutingContext context) {
        return context.get(KEY);
    }

    public ClientAddresses addresses() {
        return addresses;
    }

    public RereadQueue wokenLooks() {
        return wokenLooks;
    }

    /** Puts a request whose head is there under its deadlines; one on a surplus connection is refused. */
    public void enter(RoutingContext context) {
        HttpServerRequest request = context.request();
        ConnectionGuard guard = ConnectionTracker.guard(request.connection());
        guard.whenLate(context::fail);
        HttpServerRequest begun = guard.request();
        RequestEnd.of(context).onSuccess(ended -> guard.end(begun, System.nanoTime()));
        context.put(KEY, this);
        String surplus = guard.surplus();
        if (surplus != null) {
            context.response().putHeader("Connection", "close");
            context.fail(ApiError.unavailable(ErrorCode.OVERLOADED, surplus, RETRY_AFTER));
        } else {
            guard.whenDrained(request, context::next);
        }
    }

    /**
     * Lets a request in that is all there, if there is a permit. While its body was still to come it had none: slow
     * bodies crowd nobody out.
     *
     * @return its permit, to be ended with its answer; for unproven requests one that is not taken yet
     * @throws ApiError {@code overloaded} where there is none
     */
    public Permit admit(RoutingContext context, Precedence precedence, BooleanSupplier reserve) {
        Permit place = new Permit(admission);
        boolean admitted =
                switch (precedence) {
                    case UNPROVEN -> !admission.isFull();
                    case NEW, WOKEN -> place.take(Precedence.NEW);
                    case FINISHING ->
                        place.take(Precedence.NEW)
                                || (reserve.getAsBoolean() && place.take(Precedence.FINISHING));
                };
        if (!admitted) {
            throw full();
        }
        context.put(Permit.KEY, place);
        RequestEnd.of(context).eventually(place::end);
        return place;
    }

    /** The refusal of a request that gets no permit. */
    public static ApiError full() {
        return ApiError.unavailable(
                ErrorCode.OVERLOADED, "More requests are in the works than the server takes on.", RETRY_AFTER);
    }

    /** The refusal of a request that does not come in time. */
    public static ApiError tooSlow() {
        return ApiError.of(ErrorCode.REQUEST_TIMEOUT, "The request took longer to come than is allowed.");
    }

    /** The refusal of a request that cannot be answered in time. */
    static ApiError tooLate() {
        return ApiError.unavailable(
                ErrorCode.OVERLOADED, "The answer took longer than the server allows.", RETRY_AFTER.multipliedBy(2));
    }
}
