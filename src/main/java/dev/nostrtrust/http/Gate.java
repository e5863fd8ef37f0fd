package dev.nostrtrust.http;

import dev.nostrtrust.fault.Fault;
import dev.nostrtrust.fault.FaultKind;
import dev.nostrtrust.http.Admission.Precedence;
import dev.nostrtrust.platform.Settings;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/**
 * Where requests come in: puts each under its deadlines when its head is there, and gives it a permit when its route is
 * known. Belongs to one event loop.
 */
final class Gate {
    private static final String KEY = "gate";
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Admission admission;
    private final Problems problems;
    private final ClientAddresses addresses;
    private final WokenLooks wokenLooks;

    Gate(Vertx vertx, Settings settings, Admission admission, Problems problems) {
        this.admission = admission;
        this.problems = problems;
        this.addresses = ClientAddresses.of(settings);
        this.wokenLooks = new WokenLooks(vertx, admission, settings.httpInFlight());
    }

    /** The gate that a request came in by. */
    static Gate of(RoutingContext context) {
        return context.get(KEY);
    }

    ClientAddresses addresses() {
        return addresses;
    }

    WokenLooks wokenLooks() {
        return wokenLooks;
    }

    /** Puts a request whose head is there under its deadlines; one on a surplus connection is refused. */
    void enter(RoutingContext context) {
        HttpServerRequest request = context.request();
        ConnectionGuard guard = Connections.guard(request.connection());
        guard.whenLate(context::fail);
        HttpServerRequest begun = guard.request();
        RequestEnd.of(context).onSuccess(ended -> guard.end(begun, System.nanoTime()));
        context.put(KEY, this);
        String surplus = guard.surplus();
        if (surplus != null) {
            context.response().putHeader("Connection", "close");
            problems.send(context, Fault.unavailable(FaultKind.OVERLOADED, surplus, RETRY_AFTER));
        } else {
            guard.whenDrained(request, context::next);
        }
    }

    /**
     * Lets a request in that is all there, if there is a permit. While its body was still to come it had none: slow
     * bodies crowd nobody out.
     *
     * @return its permit, to be ended with its answer; for unproven requests one that is not taken yet
     * @throws Fault {@code overloaded} where there is none
     */
    Place admit(RoutingContext context, Routes.Operation operation) {
        Place place = new Place(admission);
        boolean admitted =
                switch (operation.precedence()) {
                    case UNPROVEN -> !admission.isFull();
                    case NEW, WOKEN -> place.take(Precedence.NEW);
                    case FINISHING ->
                        place.take(Precedence.NEW)
                                || (operation.holdsReserve(new Request(context)) && place.take(Precedence.FINISHING));
                };
        if (!admitted) {
            throw full();
        }
        context.put(Place.KEY, place);
        RequestEnd.of(context).eventually(place::end);
        return place;
    }

    /** The refusal of a request that gets no permit. */
    static Fault full() {
        return Fault.unavailable(
                FaultKind.OVERLOADED, "More requests are in the works than the server takes on.", RETRY_AFTER);
    }

    /** The refusal of a request that does not come in time. */
    static Fault tooSlow() {
        return Fault.of(FaultKind.REQUEST_TIMEOUT, "The request took longer to come than is allowed.");
    }

    /** The refusal of a request that cannot be answered in time. */
    static Fault tooLate() {
        return Fault.unavailable(
                FaultKind.OVERLOADED, "The answer took longer than the server allows.", RETRY_AFTER.multipliedBy(2));
    }
}
