package dev.nostrtrust.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import dev.nostrtrust.app.TestServer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signing in on the page, in a real browser with a NIP-07 signer. */
@Tag("full")
class LoginPageTest {
    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(Map.of());

    private static final String FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    /** A signer that puts an inline script into pages, as some extensions do; the policy of the page applies to it. */
    private static final String INLINE_SIGNER = """
            document.addEventListener('DOMContentLoaded', () => {
              const script = document.createElement('script')
              script.textContent = 'window.nostr = { getPublicKey() {}, signEvent() {} }'
              document.head.append(script)
            })
            """;

    @Test
    void a_user_with_a_signer_gets_a_badge() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.open("/");

            page.click("#sign-in");

            assertThat(page.locator("#badge")).hasText("new");
            assertThat(page.locator("#score")).hasText("10.0");
            assertThat(page.locator("#npub")).containsText("npub1");
            assertThat(page.locator("#throwaway")).isHidden();
            assertThat(page.locator("#next")).containsText("established");
            Visitor.picture(page, "signed-in");
        }
    }

    @Test
    void the_keyboard_alone_will_do() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.open("/");

            int steps = 0;
            while (!"sign-in".equals(page.evaluate("document.activeElement.id")) && steps++ < 10) {
                page.keyboard().press("Tab");
            }
            page.keyboard().press("Enter");

            assertThat(page.locator("#badge")).hasText("new");
        }
    }

    @Test
    void the_login_outlasts_the_page_and_ends_with_signing_out() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            String npub = page.locator("#npub").textContent();

            page.reload();
            assertThat(page.locator("#npub")).hasText(npub);

            String token = Visitor.token(page);
            page.click("#sign-out");
            assertThat(page.locator("#sign-in")).isVisible();
            assertThat(page.locator("#trouble")).isHidden();
            assertThat(Visitor.token(page)).isNull();
            page.waitForCondition(() -> revoked(BROWSERS.site().server()) > 0);
            assertThat(token).isNotNull();
        }
    }

    private static long revoked(TestServer server) {
        return server.count("SELECT count(*) FROM logins WHERE revoked_at IS NOT NULL");
    }

    @Test
    void who_wants_to_be_erased_signs_for_that_and_is_signed_out_and_told_when() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            page.click("summary");
            page.click("#erase");
            assertThat(page.locator("#question-text")).containsText("Deleted after a waiting period: your jobs");
            assertThat(page.locator("#question-text")).containsText("Kept: your score");
            Visitor.picture(page, "erase");
            page.click("#question-no");
            assertThat(page.locator("#question")).isHidden();
            assertThat(leaving(BROWSERS.site().server())).isZero();

            Visitor.confirmed(page, "#erase");

            assertThat(page.locator("#news")).containsText("Your identity will be erased on");
            assertThat(page.locator("#sign-in")).isVisible();
            assertThat(page.locator("#trouble")).isHidden();
            assertThat(Visitor.token(page)).isNull();
            assertThat(leaving(BROWSERS.site().server())).isEqualTo(1);

            page.click("#sign-in");
            assertThat(page.locator("#badge")).isVisible();
            assertThat(leaving(BROWSERS.site().server())).isZero();
        }
    }

    @Test
    void with_a_throwaway_key_it_is_asked_before_an_identity_is_erased_or_a_key_destroyed() {
        try (Visitor visitor = BROWSERS.withoutSigner()) {
            Page page = visitor.open("/");
            page.click("#try-it");
            assertThat(page.locator("#badge")).isVisible();
            String npub = page.locator("#npub").textContent();

            page.click("summary");
            page.click("#erase");
            assertThat(page.locator("#question-text")).containsText("The throwaway key stays in this browser");
            page.keyboard().press("Escape");
            assertThat(page.locator("#question")).isHidden();
            page.click("#forget");
            page.click("#question-no");

            assertThat(page.locator("#question")).isHidden();
            assertThat(page.locator("#npub")).hasText(npub);
            assertThat(leaving(BROWSERS.site().server())).isZero();
            assertThat(visitor.traffic().countOf("/api/identity/me")).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "event => null, signer_refused, The browser's signer did not sign",
        "event => ({error: 'denied'}), signer_refused, The browser's signer did not sign",
        "event => 'nonsense', signer_invalid, The browser's signer answered with a text that is no signed event",
        "event => ({...event; kind: 1}), signer_changed_event, The browser's signer signed something else"
    })
    void a_signer_that_signs_nothing_or_something_else_is_named(String answer, String code, String words) {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.open("/");
            page.evaluate("signerOfTest.answer(" + answer.replace(';', ',') + ")");

            page.click("#sign-in");

            assertThat(page.locator("#trouble-text")).containsText(words);
            assertThat(page.locator("#trouble-text")).containsText("[" + code + "]");
            assertThat(visitor.traffic().countOf("/api/identity/verify")).isZero();
        }
    }

    @Test
    void a_signature_alone_will_do() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.open("/");
            page.evaluate("signerOfTest.answer(event => event.sig)");

            Visitor.signIn(page);
        }
    }

    @Test
    void while_the_signer_thinks_that_is_shown_and_the_user_may_stop_waiting() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.open("/");
            Signer.think(page);

            page.click("#sign-in");
            assertThat(page.locator("#news.busy")).hasText("Confirm the request in your signer.");
            assertThat(page.locator("#sign-in")).isDisabled();
            Visitor.picture(page, "thinking");
            page.click("#stop");

            assertThat(page.locator("#news")).isEmpty();
            assertThat(page.locator("#stop")).isHidden();
            assertThat(page.locator("#trouble")).isHidden();
            Signer.decide(page);
            Visitor.signIn(page);
        }
    }

    private static long leaving(TestServer server) {
        return server.count("SELECT count(*) FROM nostr_identities WHERE erase_after IS NOT NULL");
    }

    @Test
    void a_refused_signature_is_reported_and_can_be_repeated() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.open("/");
            Signer.refuse(page);

            page.click("#sign-in");
            assertThat(page.locator("#trouble-text")).containsText("[signer_refused]");
            assertThat(page.locator("#badge")).isHidden();
            assertThat(Visitor.token(page)).isNull();

            Signer.decide(page);
            page.click("#sign-in");
            assertThat(page.locator("#badge")).isVisible();
            assertThat(page.locator("#trouble")).isHidden();
        }
    }

    @Test
    void a_late_signature_is_reported_and_can_be_repeated() {
        try (Visitor visitor = BROWSERS.withSigner("401")) {
            Page page = visitor.open("/");
            Signer.think(page);
            page.click("#sign-in");
            assertThat(page.locator("#news")).hasText("Confirm the request in your signer.");

            Signer.awaitThinking(page);
            BROWSERS.site().server().clock().advance(Duration.ofMinutes(6));
            Signer.decide(page);
            assertThat(page.locator("#trouble-text")).containsText("[challenge_expired]");

            page.click("#sign-in");
            assertThat(page.locator("#badge")).isVisible();
        }
    }

    @Test
    void a_server_that_is_busy_or_out_of_reach_is_said_in_plain_words() {
        try (Visitor visitor = BROWSERS.withSigner("503", "ERR_INTERNET_DISCONNECTED", "Failed to load")) {
            Page page = visitor.open("/");
            page.route(
                    "**/api/identity/verify",
                    route -> route.fulfill(new Route.FulfillOptions()
                            .setStatus(503)
                            .setHeaders(Map.of("Retry-After", "7", "Content-Type", "application/problem+json"))
                            .setBody("{\"code\": \"overloaded\", \"detail\": \"Later.\"}")));
            page.click("#sign-in");
            assertThat(page.locator("#trouble-text")).containsText("The server is busy. Try again in 7 seconds.");

            visitor.context().setOffline(true);
            page.click("#sign-in");

            assertThat(page.locator("#trouble-text")).containsText("You are offline.");
            assertThat(page.locator("#sign-in")).isEnabled();
        }
    }

    @Test
    void without_a_signer_that_is_said_and_a_throwaway_key_is_offered() {
        try (Visitor visitor = BROWSERS.withoutSigner()) {
            Page page = visitor.open("/");
            assertThat(page.locator("#no-signer")).isVisible();
            assertThat(page.locator("#firefox")).isHidden();
            page.click("#sign-in");
            assertThat(page.locator("#trouble-text")).containsText("[signer_missing]");

            page.click("#try-it");

            assertThat(page.locator("#badge")).hasText("new");
            assertThat(page.locator("#throwaway")).isVisible();
            Visitor.picture(page, "throwaway-key");
        }
    }

    @Test
    void in_firefox_a_hint_explains_a_blocked_signer() {
        try (Visitor visitor = withUserAgent(FIREFOX, "Content Security Policy")) {
            visitor.context().addInitScript(INLINE_SIGNER);
            Page page = visitor.open("/");

            assertThat(page.locator("#firefox")).containsText("blocks signers that add an inline script to the page");
            assertThat(page.locator("#firefox")).isVisible();
            assertThat(page.locator("#no-signer")).isVisible();
            assertThat(page.evaluate("typeof nostr")).isEqualTo("undefined");
            Visitor.picture(page, "firefox");
            page.click("#try-it");
            assertThat(page.locator("#badge")).isVisible();
        }
    }

    @Test
    void in_firefox_no_hint_shows_when_the_signer_works() {
        try (Visitor visitor = withUserAgent(FIREFOX)) {
            Signer.into(visitor.context(), Signer.newKey());
            Page page = visitor.open("/");

            Visitor.shown(page, () -> Visitor.signIn(page));
            page.click("#sign-out");

            assertThat(page.locator("#sign-in")).isVisible();
            assertThat(page.locator("#firefox")).isHidden();
        }
    }

    private static Visitor withUserAgent(String userAgent, String... expectedComplaints) {
        return BROWSERS.visitor(new Browser.NewContextOptions().setUserAgent(userAgent), expectedComplaints);
    }

    @Test
    void a_throwaway_key_is_kept_until_it_is_destroyed() {
        try (Visitor visitor = BROWSERS.withoutSigner()) {
            Page page = visitor.open("/");
            Visitor.shown(page, () -> page.click("#try-it"));
            String first = page.locator("#npub").textContent();
            page.click("#sign-out");
            page.click("#try-it");
            assertThat(page.locator("#npub")).hasText(first);

            Visitor.confirmed(page, "#forget");
            assertThat(page.locator("#sign-in")).isVisible();
            assertThat(page.evaluate("localStorage.length")).isEqualTo(0);
            page.click("#try-it");

            assertThat(page.locator("#badge")).isVisible();
            assertThat(page.locator("#npub")).not().hasText(first);
        }
    }

    @Test
    void at_an_unknown_address_the_page_shows_the_signed_address() {
        String other = BROWSERS.site().origin().replace("localhost", "127.0.0.1");
        try (Visitor visitor = BROWSERS.withSigner().whoMayAlsoVisit(other)) {
            Page page = visitor.open("/");
            page.navigate(other + "/");
            Signer.think(page);
            page.click("#sign-in");
            String told = "This page is at " + other + ", but the event that you sign names "
                    + BROWSERS.site().origin();
            assertThat(page.locator("#news")).containsText(told);

            Signer.decide(page);
            assertThat(page.locator("#badge")).isVisible();

            assertThat(page.locator("#news")).containsText(told);
            page.navigate(BROWSERS.site().origin() + "/");
            Visitor.signIn(page);
            assertThat(page.locator("#news")).isEmpty();
        }
    }

    @Test
    void where_keys_cannot_be_made_that_is_said() {
        try (Visitor visitor = BROWSERS.withoutSigner()) {
            visitor.context().addInitScript("Object.defineProperty(crypto, 'subtle', {value: undefined})");
            Page page = visitor.open("/");

            page.click("#try-it");

            assertThat(page.locator("#trouble-text")).containsText("[insecure_context]");
        }
    }
}
