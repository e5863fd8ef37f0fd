package dev.nostrtrust.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tabs of one user that know different things. */
@Tag("full")
class TabsTest {
    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(Map.of());

    @Test
    void a_tab_that_slept_does_not_end_the_login_that_another_one_has_renewed() {
        try (Visitor visitor = BROWSERS.withSigner("401")) {
            Page sleeper = visitor.signedIn();
            BROWSERS.site().server().execute("UPDATE logins SET revoked_at = now()");
            String token = new User().logIn(Api.of(BROWSERS.site().server()));
            // A page gets no storage event for its own writes, like a page in the browser's cache for those of others.
            sleeper.evaluate("""
                    token => {
                      const name = Object.keys(localStorage).find(it => it.startsWith('nostr-trust-login'))
                      const kept = JSON.parse(localStorage.getItem(name))
                      localStorage.setItem(name, JSON.stringify({ ...kept, token }))
                    }
                    """, token);

            sleeper.waitForResponse("**/api/jobs", () -> sleeper.click("#order button"));
            assertThat(sleeper.locator("#trouble-text")).containsText("[token_revoked]");

            assertThat(Visitor.token(sleeper)).isEqualTo(token);
            assertThat(sleeper.locator("#badge")).isVisible();
        }
    }

    @Test
    void a_destroyed_key_is_not_brought_back_by_another_tab() {
        try (Visitor visitor = BROWSERS.withoutSigner("401")) {
            Page one = visitor.open("/");
            Page other = visitor.open("/");
            one.click("#try-it");
            assertThat(other.locator("#badge")).isVisible();
            String first = one.locator("#npub").textContent();
            other.click("#sign-out");
            other.click("#try-it");
            assertThat(other.locator("#npub")).hasText(first);

            Visitor.confirmed(one, "#forget");
            assertThat(other.locator("#sign-in")).isVisible();
            other.click("#try-it");

            assertThat(other.locator("#badge")).isVisible();
            assertThat(other.locator("#npub")).not().hasText(first);
        }
    }
}
