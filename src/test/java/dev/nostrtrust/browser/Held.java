package dev.nostrtrust.browser;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Route;
import java.util.ArrayList;
import java.util.List;

/** Requests of a browser that get no answer until a test lets them go. */
final class Held {
    private final List<Route> waiting = new ArrayList<>();
    private final BrowserContext context;
    private final String pattern;

    private Held(BrowserContext context, String pattern) {
        this.context = context;
        this.pattern = pattern;
    }

    /** Holds all requests to addresses of this pattern from now on. */
    static Held of(BrowserContext context, String pattern) {
        Held held = new Held(context, pattern);
        context.route(pattern, held.waiting::add);
        return held;
    }

    int count() {
        return waiting.size();
    }

    /** Sends them all to the server, and holds no more. */
    void letGo() {
        context.unroute(pattern);
        waiting.forEach(Route::resume);
    }
}
