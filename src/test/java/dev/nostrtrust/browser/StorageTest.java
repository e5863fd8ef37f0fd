package dev.nostrtrust.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in browsers whose storage is missing, fails, or holds what others have written. */
@Tag("full")
class StorageTest {
    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(Map.of());

    @Test
    void what_others_have_written_into_the_storage_does_no_harm() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.open("/");
            page.evaluate("localStorage.setItem('nostr-trust-login ' + location.origin, '{\"half\": a login')");
            page.evaluate("localStorage.setItem('nostr-trust-throwaway', 'no key')");

            page.reload();
            Visitor.shown(page, () -> Visitor.signIn(page));
            page.click("#sign-out");
            page.click("#try-it");

            assertThat(page.locator("#throwaway")).isVisible();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{get() { throw new DOMException('denied', 'SecurityError') }}",
                "{value: undefined}",
                "{value: {}}",
                "{value: {getItem() { throw new Error('denied') }, setItem() {}, removeItem() {}}}",
                "{value: {getItem: () => null, setItem() { throw new Error('full') }, removeItem() {}}}"
            })
    void a_browser_without_storage_is_signed_in_for_as_long_as_the_page_lasts(String storage) {
        try (Visitor visitor = BROWSERS.withSigner()) {
            visitor.context().addInitScript("Object.defineProperty(globalThis, 'localStorage', " + storage + ")");
            visitor.context().addInitScript("Object.defineProperty(navigator, 'locks', {value: undefined})");
            Page page = visitor.open("/");
            Visitor.signIn(page);

            page.reload();

            assertThat(page.locator("#sign-in")).isVisible();
        }
    }

    @Test
    void a_throwaway_key_that_cannot_be_stored_lasts_as_long_as_the_page() {
        try (Visitor visitor = BROWSERS.withoutSigner()) {
            visitor.context().addInitScript("Storage.prototype.setItem = " + denial("QuotaExceededError"));
            Page page = visitor.open("/");
            String first = triedOut(page);

            page.click("#sign-out");
            assertThat(triedOut(page)).isEqualTo(first);
            page.reload();

            assertThat(page.locator("#sign-in")).isVisible();
            assertThat(triedOut(page)).isNotEqualTo(first);
            assertThat(page.locator("#trouble")).isHidden();
        }
    }

    @Test
    void a_storage_that_cannot_be_read_any_more_costs_neither_login_nor_throwaway_key() {
        try (Visitor visitor = BROWSERS.withoutSigner()) {
            Page page = visitor.open("/");
            String first = triedOut(page);

            page.evaluate("void (Storage.prototype.getItem = " + denial("SecurityError") + ")");
            page.evaluate("dispatchEvent(new Event('pageshow'))");
            page.click("#order button");
            assertThat(page.locator("#jobs li")).containsText("queued");
            page.click("#sign-out");
            assertThat(triedOut(page)).isEqualTo(first);

            assertThat(page.locator("#trouble")).isHidden();
        }
    }

    private static String denial(String name) {
        return "() => { throw new DOMException('denied', '" + name + "') }";
    }

    /** Signs in with a throwaway key and returns its npub, after the page has read and drawn the history. */
    private static String triedOut(Page page) {
        assertThat(page.locator("#sign-in")).isVisible();
        Visitor.shown(page, () -> page.click("#try-it"));
        assertThat(page.locator("#throwaway")).isVisible();
        return page.locator("#npub").textContent();
    }
}
