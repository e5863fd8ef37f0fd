package dev.nostrtrust.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What else happens while a token is renewed. Tokens last an hour, and are due to be renewed after 48 minutes. */
@Tag("full")
class RenewalRaceTest {
    private static final String REFRESH = "**/api/identity/refresh";

    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(Map.of());

    @Test
    void a_user_who_signs_out_meanwhile_stays_signed_out() {
        try (Visitor visitor = BROWSERS.withSigner("401").withClock()) {
            Page page = visitor.signedIn();
            Held refreshes = Held.of(visitor.context(), REFRESH);
            visitor.passMinutes(48);
            page.waitForCondition(() -> refreshes.count() == 1);

            page.click("#sign-out");
            assertThat(page.locator("#sign-in")).isVisible();
            page.waitForResponse(REFRESH, refreshes::letGo);
            page.waitForTimeout(300);

            assertThat(page.locator("#sign-in")).isVisible();
            assertThat(page.locator("#trouble")).isHidden();
            assertThat(Visitor.token(page)).isNull();
        }
    }

    @Test
    void a_user_who_switches_accounts_meanwhile_keeps_the_new_account() {
        try (Visitor visitor = BROWSERS.withSigner("401").withClock()) {
            Page page = visitor.signedIn();
            String first = page.locator("#npub").textContent();
            Held refreshes = Held.of(visitor.context(), REFRESH);
            visitor.passMinutes(48);
            page.waitForCondition(() -> refreshes.count() == 1);

            page.click("#sign-out");
            page.evaluate("key => signerOfTest.takeSilently(key)", Signer.newKey());
            Visitor.signIn(page);
            String second = page.locator("#npub").textContent();
            page.waitForResponse(REFRESH, refreshes::letGo);
            page.waitForTimeout(300);

            assertThat(page.locator("#npub")).hasText(second);
            assertThat(page.locator("#trouble")).isHidden();
            assertThat(second).isNotEqualTo(first);
        }
    }

    @Test
    void an_erasure_meanwhile_signs_the_user_out() {
        try (Visitor visitor = BROWSERS.withSigner("401").withClock()) {
            Page page = visitor.signedIn();
            String first = Visitor.token(page);
            Signer.think(page);
            page.click("summary");
            page.waitForResponse("**/api/identity/challenge", () -> Visitor.confirmed(page, "#erase"));
            visitor.passMinutes(48);
            page.waitForCondition(() -> !Objects.equals(Visitor.token(page), first));

            Signer.decide(page);

            assertThat(page.locator("#news")).containsText("Your identity will be erased on");
            assertThat(page.locator("#sign-in")).isVisible();
            assertThat(page.locator("#trouble")).isHidden();
            assertThat(Visitor.token(page)).isNull();
        }
    }

    @Test
    void two_tabs_that_are_opened_again_after_the_token_has_expired_share_one_refresh() {
        try (Visitor visitor = BROWSERS.withSigner().withClock()) {
            Page before = visitor.signedIn();
            before.close();
            visitor.passMinutes(120);
            BROWSERS.site().server().clock().advance(Duration.ofHours(2));
            Held refreshes = Held.of(visitor.context(), REFRESH);

            Page one = visitor.open("/");
            Page other = visitor.open("/");
            one.waitForCondition(() -> refreshes.count() > 0);
            one.waitForTimeout(300);
            assertThat(refreshes.count()).isEqualTo(1);
            refreshes.letGo();

            assertThat(one.locator("#no-moves")).isVisible();
            assertThat(other.locator("#no-moves")).isVisible();
            assertThat(one.locator("#trouble")).isHidden();
            assertThat(Visitor.token(other)).isNotNull().isEqualTo(Visitor.token(one));
        }
    }

    @ParameterizedTest
    @CsvSource({"502, <html>Bad Gateway</html>", "503, <html>no server is available</html>", "500, {}", "429, {}"})
    void what_a_proxy_says_for_a_moment_signs_nobody_out(int status, String body) {
        try (Visitor visitor = BROWSERS.withSigner(String.valueOf(status)).withClock()) {
            Page page = visitor.signedIn();
            String first = Visitor.token(page);
            AtomicInteger refused = new AtomicInteger();
            visitor.context().route(REFRESH, route -> {
                if (refused.incrementAndGet() == 1) {
                    route.fulfill(new Route.FulfillOptions().setStatus(status).setBody(body));
                } else {
                    route.resume();
                }
            });

            visitor.passMinutes(48);
            page.waitForCondition(() -> refused.get() > 0);
            page.waitForTimeout(300);
            assertThat(refused)
                    .as("tried again after five seconds, and not at once")
                    .hasValue(1);
            visitor.passMinutes(1);
            page.waitForCondition(() -> !Objects.equals(Visitor.token(page), first));

            assertThat(Visitor.token(page)).isNotNull();
            assertThat(page.locator("#badge")).isVisible();
            assertThat(page.locator("#trouble")).isHidden();
        }
    }
}
