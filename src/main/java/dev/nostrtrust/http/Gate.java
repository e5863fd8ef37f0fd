package dev.nostrtrust.http;

import dev.nostrtrust.fault.Fault;
import dev.nostrtrust.fault.FaultKind;
import dev.nostrtrust.http.Admission.Precedence;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/**
 * Where requests come in, before anything is done for them: some are refused here, and all others have an end by a
 * deadline. Belongs to one event loop.
 */
final class Gate {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** Anyone can send a proof that is none, and has to find out that honest ones go first. */
    private static final String PROOF = "/api/identity/verify";

    private final Admission admission;
    private final Problems problems;

    Gate(Admission admission, Problems problems) {
        this.admission = admission;
        this.problems = problems;
    }

    /** Puts a request whose head is there under its deadlines; one on a surplus connection is refused. */
    void enter(RoutingContext context) {
        HttpServerRequest request = context.request();
        ConnectionGuard guard = Connections.guard(request.connection());
        guard.whenLate(context::fail);
        context.addEndHandler(ended -> guard.end(System.nanoTime()));
        if (guard.isSurplus()) {
            context.response().putHeader("Connection", "close");
            problems.send(
                    context,
                    Fault.unavailable(
                            FaultKind.OVERLOADED, "More connections are open than the server takes on.", RETRY_AFTER));
        } else {
            guard.whenDrained(request, context::next);
        }
    }

    /**
     * Lets a request in that is all there, if there is room. One whose body is still to come takes no room: that can
     * take its time.
     */
    void admit(RoutingContext context) {
        Precedence precedence = precedence(String.valueOf(context.request().path()));
        boolean admitted =
                switch (precedence) {
                    case UNPROVEN -> !admission.isFull();
                    case FINISHING, NEW -> Place.take(context, admission, precedence);
                };
        if (admitted) {
            context.put(Place.ADMISSION, admission).next();
        } else {
            problems.send(context, full());
        }
    }

    /** The refusal of what finds no room. */
    static Fault full() {
        return Fault.unavailable(
                FaultKind.OVERLOADED, "More requests are in the works than the server takes on.", RETRY_AFTER);
    }

    /** The refusal of what does not come in time. */
    static Fault tooSlow() {
        return Fault.of(FaultKind.REQUEST_TIMEOUT, "The request took longer to come than is allowed.");
    }

    /** The refusal of what cannot be answered in time. */
    static Fault tooLate() {
        return Fault.unavailable(
                FaultKind.OVERLOADED, "The answer took longer than the server allows.", RETRY_AFTER.multipliedBy(2));
    }

    static Precedence precedence(String path) {
        if (path.equals(PROOF)) {
            return Precedence.UNPROVEN;
        }
        boolean finishing = path.endsWith("/complete") || path.endsWith("/fail") || path.endsWith("/claim");
        return finishing ? Precedence.FINISHING : Precedence.NEW;
    }
}
