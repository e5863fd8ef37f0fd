package dev.nostrtrust.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Work;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page on small and large screens, by day and by night, enlarged, and as a screen reader has it. */
@Tag("full")
class LayoutTest {
    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(Map.of());

    /** The kinds of fault that keep people from using a page; axe-core has two lesser ones. */
    private static final List<String> SERIOUS = List.of("serious", "critical");

    @ParameterizedTest
    @CsvSource({
        "360, 740, 1, LIGHT",
        "360, 740, 1, DARK",
        "1440, 900, 1, LIGHT",
        "1440, 900, 1, DARK",
        "1280, 800, 2, LIGHT",
        "1280, 800, 4, DARK"
    })
    void nothing_is_cut_off_and_axe_finds_nothing_serious(int width, int height, double zoom, ColorScheme scheme)
            throws IOException {
        String key = Signer.newKey();
        String name = width + "px-" + (int) (zoom * 100) + "-" + scheme.name().toLowerCase(java.util.Locale.ROOT);
        try (Visitor visitor = withScreen(width, height, zoom, scheme)) {
            Signer.into(visitor.context(), key);
            Page page = visitor.open("/");
            assertThat(page.locator("#sign-in")).isVisible();
            Visitor.picture(page, "welcome-" + name);
            assertReadable(page);

            Visitor.signIn(page);
            live(page);
            page.reload();
            assertThat(page.locator("#moves-rows tr")).hasCount(4);
            assertThat(page.locator("#curve .past")).hasCount(1);
            Visitor.picture(page, "history-" + name);
            assertReadable(page);

            page.click("summary");
            page.click("#erase");
            assertThat(page.locator("#question")).isVisible();
            Visitor.picture(page, "question-" + name);
            assertReadable(page);
            page.keyboard().press("Escape");

            page.fill("#request", "no json");
            page.click("#order button");
            assertThat(page.locator("#request-wrong")).isVisible();
            assertReadable(page);
        }
    }

    @Test
    void axe_would_find_something() throws IOException {
        try (Visitor visitor = BROWSERS.withoutSigner()) {
            Page page = visitor.open("/");
            page.evaluate("document.querySelector('#request').labels[0].remove()");
            page.evaluate("document.querySelector('#signed-in').hidden = false");

            assertThat(seriousFaults(page)).anyMatch(fault -> fault.startsWith("label "));
        }
    }

    private static Visitor withScreen(int width, int height, double zoom, ColorScheme scheme) {
        // The page may still ask for the history when live() has signed out.
        return BROWSERS.visitor(
                new Browser.NewContextOptions()
                        .setViewportSize((int) (width / zoom), (int) (height / zoom))
                        .setDeviceScaleFactor(zoom)
                        .setColorScheme(scheme),
                "401 (Unauthorized)");
    }

    private static void assertReadable(Page page) throws IOException {
        assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .as("fits into the width of the screen")
                .isEqualTo(true);
        assertThat(seriousFaults(page)).isEmpty();
    }

    private static List<String> seriousFaults(Page page) throws IOException {
        page.evaluate(NodeModules.read("axe-core/axe.min.js"));
        List<?> faults = (List<?>) page.evaluate("""
                async () => (await axe.run()).violations.map(it =>
                  [it.impact, `${it.id} ${it.help}: ${it.nodes.map(node => node.html).join(' | ')}`])
                """);
        return faults.stream()
                .map(fault -> (List<?>) fault)
                .filter(fault -> SERIOUS.contains(fault.get(0)))
                .map(fault -> (String) fault.get(1))
                .toList();
    }

    /** Some months in the life of a customer. */
    private static void live(Page page) {
        Api api = Api.of(BROWSERS.site().server());
        for (long sats : new long[] {2_000, 6_000, -800, 9_000}) {
            // With a new token each time: months pass.
            Work work = new Work(BROWSERS.site().server());
            page.evaluate("import('/nostr-trust.js').then(it => new it.TrustClient().signIn())");
            String job = work.order(api.as(String.valueOf(Visitor.token(page))));
            long fence = work.claim(job);
            if (sats > 0) {
                work.complete(job, fence, sats);
            } else {
                work.fail(job, fence, "unpaid", -sats);
            }
            page.evaluate("import('/nostr-trust.js').then(it => new it.TrustClient().signOut())");
            BROWSERS.site().server().clock().advance(Duration.ofDays(25));
        }
        page.evaluate("import('/nostr-trust.js').then(it => new it.TrustClient().signIn())");
    }
}
