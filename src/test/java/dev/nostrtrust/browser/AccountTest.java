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

/** Signers with more than one account, and users with more than one tab. */
@Tag("full")
class AccountTest {
    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(Map.of());

    @Test
    void a_user_who_takes_another_account_in_the_signer_is_signed_out() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            String first = page.locator("#npub").textContent();
            long revoked = revoked();

            Signer.takeAccount(page, Signer.newKey());

            assertThat(page.locator("#news")).containsText("another account");
            assertThat(page.locator("#sign-in")).isVisible();
            assertThat(Visitor.token(page)).isNull();
            page.waitForCondition(() -> revoked() == revoked + 1);

            Visitor.signIn(page);
            assertThat(page.locator("#npub")).not().hasText(first);
        }
    }

    @Test
    void where_the_signer_does_not_say_so_it_is_noticed_when_the_user_comes_back() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            page.evaluate("key => signerOfTest.takeSilently(key)", Signer.newKey());
            page.waitForTimeout(200);
            assertThat(page.locator("#badge")).isVisible();

            page.evaluate("dispatchEvent(new Event('focus'))");

            assertThat(page.locator("#news")).containsText("another account");
        }
    }

    @Test
    void coming_back_with_the_same_account_changes_nothing() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            String token = Visitor.token(page);

            page.evaluate("dispatchEvent(new Event('focus'))");
            page.waitForCondition(() -> page.evaluate("signerOfTest.asked()").equals(2));
            page.waitForTimeout(200);
            assertThat(page.locator("#badge")).isVisible();
            page.reload();

            assertThat(page.locator("#badge")).isVisible();
            assertThat(Visitor.token(page)).isEqualTo(token);
        }
    }

    @Test
    void a_signer_that_asks_its_user_each_time_is_not_asked_for_ever() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            page.evaluate("signerOfTest.asksEachTime()");

            page.evaluate("""
                    async () => {
                      for (let i = 0; i < 8; i++) {
                        dispatchEvent(new Event('focus'))
                        await new Promise(resolve => setTimeout(resolve, 300))
                      }
                    }
                    """);

            assertThat(page.evaluate("signerOfTest.asked()"))
                    .as("to sign in, and once after that")
                    .isEqualTo(2);
            assertThat(page.locator("#badge")).isVisible();
        }
    }

    @Test
    void an_account_that_was_not_expected_is_refused_before_anything_is_sent() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.open("/");
            long logins = BROWSERS.site().server().count("SELECT count(*) FROM logins");

            Object code = page.evaluate("""
                    async () => {
                      const { TrustClient } = await import('/nostr-trust.js')
                      return new TrustClient().signIn({ pubkey: '00'.repeat(32) }).catch(error => error.code)
                    }
                    """);

            assertThat(code).isEqualTo("signer_wrong_account");
            assertThat(BROWSERS.site().server().count("SELECT count(*) FROM logins"))
                    .isEqualTo(logins);
        }
    }

    @Test
    void a_signer_that_names_one_account_and_signs_with_another_is_asked_about() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.open("/");
            String named = "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9";
            page.evaluate("key => signerOfTest.name(key)", named);
            long logins = BROWSERS.site().server().count("SELECT count(*) FROM logins");

            page.click("#sign-in");
            assertThat(page.locator("#question-text")).containsText("f9308a01…bce036f9");
            page.click("#question-no");
            assertThat(page.locator("#trouble-text")).containsText("[signer_wrong_account]");
            assertThat(BROWSERS.site().server().count("SELECT count(*) FROM logins"))
                    .isEqualTo(logins);

            Visitor.confirmed(page, "#sign-in");
            assertThat(page.locator("#badge")).isVisible();
            page.evaluate("dispatchEvent(new Event('focus'))");
            page.waitForCondition(() -> page.evaluate("signerOfTest.asked()").equals(3));
            page.waitForTimeout(200);
            assertThat(page.locator("#badge")).isVisible();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"''", "null", "false", "{}", "'locked'"})
    void a_signer_that_names_no_key_when_the_user_comes_back_has_no_other_account(String answer) {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page page = visitor.signedIn();
            page.evaluate(
                    "nostr.getPublicKey = async () => { dispatchEvent(new Event('asked')); return " + answer + " }");

            page.evaluate("""
                    () => {
                      const asked = new Promise(resolve => addEventListener('asked', resolve, { once: true }))
                      dispatchEvent(new Event('focus'))
                      return asked
                    }
                    """);
            page.waitForTimeout(200);

            assertThat(page.locator("#badge")).isVisible();
        }
    }

    @Test
    void two_tabs_are_one_user() {
        try (Visitor visitor = BROWSERS.withSigner()) {
            Page one = visitor.open("/");
            Page other = visitor.open("/");

            Visitor.signIn(one);
            assertThat(other.locator("#badge")).isVisible();
            assertThat(other.locator("#npub")).hasText(one.locator("#npub").textContent());

            other.click("#sign-out");
            assertThat(one.locator("#sign-in")).isVisible();
            assertThat(one.locator("#news")).containsText("another tab");
        }
    }

    private static long revoked() {
        return BROWSERS.site().server().count("SELECT count(*) FROM logins WHERE revoked_at IS NOT NULL");
    }
}
