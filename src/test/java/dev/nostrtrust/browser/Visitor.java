package dev.nostrtrust.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A user with a browser at a site. All that the browser asks for and complains of is kept, and looked at in the end: no
 * other host, no complaint that was not expected, no secret where it does not belong.
 */
final class Visitor implements AutoCloseable {
    private static final Path SCREENSHOTS = Path.of("target/screenshots");

    private final Site site;
    private final BrowserContext context;
    private final RecordedTraffic traffic = new RecordedTraffic();
    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
    private final List<String> expected;
    private final List<String> origins = new ArrayList<>();

    /**
     * Comes.
     *
     * @param expectedComplaints parts of lines that a test expects on the browser's console
     */
    Visitor(Site site, BrowserContext context, String... expectedComplaints) {
        this.site = site;
        this.context = context;
        this.expected = List.of(expectedComplaints);
        origins.add(site.origin());
        context.setDefaultTimeout(Chromium.TIMEOUT_MILLIS);
        context.onRequest(traffic::add);
        context.onConsoleMessage(message -> {
            if (!message.type().equals("log")) {
                complaints.add(message.text() + " " + message.location());
            }
            traffic.addLine(message.text());
        });
        context.onWebError(error -> complaints.add(error.error()));
    }

    /** A user whose browser's clock a test can set forward; it also runs by itself. */
    Visitor withClock() {
        context.clock().install();
        return this;
    }

    /** Moves the browser's clock forward by minutes; the server's clock stays. */
    void passMinutes(int minutes) {
        context.clock().fastForward(minutes * 60_000L);
    }

    /** A user who also visits another origin. */
    Visitor whoMayAlsoVisit(String origin) {
        origins.add(origin);
        return this;
    }

    BrowserContext context() {
        return context;
    }

    RecordedTraffic traffic() {
        return traffic;
    }

    Page open(String path) {
        Page page = context.newPage();
        page.navigate(site.origin() + path);
        return page;
    }

    /** The page, with its user signed in by the browser's signer and all shown that there is to show. */
    Page signedIn() {
        Page page = open("/");
        shown(page, () -> signIn(page));
        return page;
    }

    /**
     * Signs in a user without a history, and waits for all that is shown then: a sign-out would refuse its requests.
     */
    static void shown(Page page, Runnable signIn) {
        page.waitForResponse("**/api/identity/me/jobs?*", signIn);
        assertThat(page.locator("#no-moves")).isVisible();
    }

    static void signIn(Page page) {
        page.click("#sign-in");
        assertThat(page.locator("#badge")).isVisible();
    }

    /** Clicks and says yes to what is asked then. */
    static void confirmed(Page page, String selector) {
        page.click(selector);
        page.click("#question-yes");
    }

    /** The token that this browser keeps; null where there is none. */
    static @Nullable String token(Page page) {
        return (String) page.evaluate("""
                () => Object.keys(localStorage).filter(name => name.startsWith('nostr-trust-login'))
                  .map(name => JSON.parse(localStorage.getItem(name)).token)[0] ?? null
                """);
    }

    /** Keeps a picture of a whole page as build output. */
    static void picture(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(SCREENSHOTS.resolve(name + ".png"))
                .setFullPage(true));
    }

    @Override
    public void close() {
        try {
            context.pages().stream()
                    .filter(page -> page.url().startsWith("http"))
                    .forEach(traffic::learnSecrets);
        } finally {
            context.close();
        }
        assertThat(traffic.leaks(origins)).isEmpty();
        assertThat(complaints)
                .filteredOn(complaint -> expected.stream().noneMatch(complaint::contains))
                .isEmpty();
    }
}
