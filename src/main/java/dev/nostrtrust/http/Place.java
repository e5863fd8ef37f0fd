package dev.nostrtrust.http;

import dev.nostrtrust.http.Admission.Precedence;
import io.vertx.ext.web.RoutingContext;

/** The place that a request takes among those in the works, to be given back once. Belongs to one event loop. */
final class Place {
    /** Under which a request's context has what gives out places. */
    static final String ADMISSION = "admission";

    private static final String KEY = "place";

    private final Admission admission;
    private final long taken;
    private boolean given;

    private Place(Admission admission, long taken) {
        this.admission = admission;
        this.taken = taken;
    }

    /** Takes a place if there is one; it is given back when the request ends, or before. */
    static boolean take(RoutingContext context, Admission admission, Precedence precedence) {
        if (!admission.enter(precedence)) {
            return false;
        }
        Place place = new Place(admission, System.nanoTime());
        context.put(KEY, place);
        context.addEndHandler(ended -> place.giveBack());
        return true;
    }

    /** Takes a place for a request that was let in without one. */
    static boolean takeNow(RoutingContext context) {
        Admission admission = context.get(ADMISSION);
        return take(context, admission, Precedence.NEW);
    }

    /** The place of a request, given back; nothing happens where it has none. */
    static void giveBack(RoutingContext context) {
        Place place = context.get(KEY);
        if (place != null) {
            place.giveBack();
        }
    }

    private void giveBack() {
        if (!given) {
            given = true;
            long now = System.nanoTime();
            admission.leave(now, now - taken);
        }
    }
}
