package dev.nostrtrust.http;

import io.vertx.ext.web.RoutingContext;

/** The place that a request takes among those in the works, to be given back once. Belongs to one event loop. */
final class Place {
    private static final String KEY = "place";

    private final Admission admission;
    private final long taken;
    private boolean given;

    private Place(Admission admission, long taken) {
        this.admission = admission;
        this.taken = taken;
    }

    /** Notes a place that was taken just now; it is given back when the request ends, or before. */
    static void take(RoutingContext context, Admission admission) {
        Place place = new Place(admission, System.nanoTime());
        context.put(KEY, place);
        context.addEndHandler(ended -> place.giveBack());
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
