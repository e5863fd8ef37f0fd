package dev.nostrtrust.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokens that end while a page is open. They last an hour, and are due to be renewed after 48 minutes. */
@Tag("full")
class RenewalTest {
    private static final String REVOKED = "SELECT count(*) FROM logins WHERE revoked_at IS NOT NULL";

    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(Map.of());

    @Test
    void a_token_is_renewed_before_it_ends_and_nobody_is_asked() {
        try (Visitor visitor = BROWSERS.withSigner().withClock()) {
            Page page = visitor.signedIn();
            String first = Visitor.token(page);
            Signer.refuse(page);

            visitor.passMinutes(45);
            assertThat(visitor.traffic().countOf("/api/identity/refresh")).isZero();
            visitor.passMinutes(3);
            page.waitForCondition(() -> !Objects.equals(Visitor.token(page), first));

            assertThat(Visitor.token(page)).isNotNull();
            assertThat(page.locator("#badge")).isVisible();
            assertThat(page.evaluate(
                            "token => fetch('/api/trust/me', {headers: {Authorization: 'Bearer ' + token}}).then(it => it.status)",
                            Visitor.token(page)))
                    .isEqualTo(200);
        }
    }

    @Test
    void of_two_tabs_one_renews_and_the_other_takes_what_it_got() {
        try (Visitor visitor = BROWSERS.withSigner().withClock()) {
            Page one = visitor.signedIn();
            Page other = visitor.open("/");
            assertThat(other.locator("#badge")).isVisible();
            assertThat(other.locator("#no-moves")).isVisible();
            String first = Visitor.token(one);
            Held refreshes = Held.of(visitor.context(), "**/api/identity/refresh");

            visitor.passMinutes(48);
            one.waitForCondition(() -> refreshes.count() > 0);
            // Time for the other one, whose token is due at the same moment.
            one.waitForTimeout(500);
            assertThat(refreshes.count()).isEqualTo(1);
            refreshes.letGo();

            other.waitForCondition(() -> !Objects.equals(Visitor.token(other), first));
            Request order = other.waitForRequest("**/api/jobs", () -> other.click("#order button"));
            assertThat(order.headers().get("authorization")).isEqualTo("Bearer " + Visitor.token(one));
        }
    }

    @Test
    void a_login_that_was_ended_elsewhere_ends_here_with_the_next_request() {
        try (Visitor visitor = BROWSERS.withSigner("401")) {
            Page page = visitor.signedIn();
            BROWSERS.site().server().execute("UPDATE logins SET revoked_at = now()");

            page.click("#order button");

            assertThat(page.locator("#trouble-text")).containsText("[token_revoked]");
            assertThat(page.locator("#sign-in")).isVisible();
            assertThat(Visitor.token(page)).isNull();
        }
    }

    @Test
    void a_token_that_ended_unseen_is_renewed_and_no_job_is_anonymous() {
        try (Visitor visitor = BROWSERS.withSigner("401")) {
            Page page = visitor.signedIn();
            String first = Visitor.token(page);
            BROWSERS.site().server().clock().advance(Duration.ofHours(2));

            page.click("#order button");

            assertThat(page.locator("#jobs li")).containsText("queued");
            assertThat(page.locator("#trouble")).isHidden();
            assertThat(Visitor.token(page)).isNotNull().isNotEqualTo(first);
            assertThat(BROWSERS.site().server().count("SELECT count(*) FROM jobs WHERE nostr_pubkey IS NULL"))
                    .isZero();
        }
    }

    @Test
    void a_tab_that_is_opened_again_after_a_week_is_signed_in() {
        try (Visitor visitor = BROWSERS.withSigner().withClock()) {
            Page before = visitor.signedIn();
            String npub = before.locator("#npub").textContent();
            before.close();
            visitor.passMinutes(7 * 24 * 60);
            BROWSERS.site().server().clock().advance(Duration.ofDays(7));

            Page page = visitor.open("/");

            assertThat(page.locator("#no-moves")).isVisible();
            assertThat(page.locator("#npub")).hasText(npub);
            assertThat(page.locator("#trouble")).isHidden();
        }
    }

    @Test
    void signing_out_with_a_token_that_has_expired_ends_the_login() {
        try (Visitor visitor = BROWSERS.withSigner("401")) {
            Page page = visitor.signedIn();
            BROWSERS.site().server().clock().advance(Duration.ofHours(2));
            long revoked = BROWSERS.site().server().count(REVOKED);

            page.click("#sign-out");

            assertThat(page.locator("#sign-in")).isVisible();
            page.waitForCondition(() -> BROWSERS.site().server().count(REVOKED) == revoked + 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UPDATE logins SET revoked_at = now(), token_revoked, This login was ended",
        "UPDATE logins SET generation = generation + 2, token_reused, used in two places",
        "UPDATE nostr_identities SET blocked_at = now(), identity_blocked, The operator has blocked this key"
    })
    void a_tab_that_is_opened_again_after_the_login_has_ended_says_why(String end, String code, String words) {
        try (Visitor visitor = BROWSERS.withSigner("401", "403").withClock()) {
            Page before = visitor.signedIn();
            before.close();
            visitor.passMinutes(120);
            BROWSERS.site().server().clock().advance(Duration.ofHours(2));
            BROWSERS.site().server().execute(end);

            Page page = visitor.open("/");

            assertThat(page.locator("#trouble-text")).containsText("[" + code + "]");
            assertThat(page.locator("#trouble-text")).containsText(words);
            assertThat(page.locator("#sign-in")).isVisible();
            assertThat(Visitor.token(page)).isNull();
        }
    }

    @Test
    void a_token_that_expires_while_the_server_is_out_of_reach_is_renewed_afterwards() {
        try (Visitor visitor = BROWSERS.withSigner("ERR_INTERNET_DISCONNECTED", "Failed to load")
                .withClock()) {
            Page page = visitor.signedIn();
            String first = Visitor.token(page);

            visitor.context().setOffline(true);
            assertThat(page.locator("#news")).containsText("You are offline");
            visitor.passMinutes(48);
            page.waitForCondition(() -> visitor.traffic().countOf("/api/identity/refresh") > 0);
            visitor.passMinutes(30);
            assertThat(page.locator("#badge")).isVisible();

            visitor.context().setOffline(false);
            page.waitForCondition(() -> !Objects.equals(Visitor.token(page), first));
            assertThat(page.locator("#badge")).isVisible();
            assertThat(Visitor.token(page)).isNotNull();
        }
    }

    @Test
    void a_node_whose_clock_is_behind_signs_no_user_out() {
        try (Visitor visitor = BROWSERS.withSigner("401").withClock()) {
            Page page = visitor.signedIn();
            String token = Visitor.token(page);

            BROWSERS.site().server().clock().advance(Duration.ofMinutes(-5));
            page.click("#order button");
            assertThat(page.locator("#trouble-text")).containsText("The clocks of the servers differ.");
            assertThat(page.locator("#trouble-text")).containsText("[token_not_yet_valid]");
            visitor.passMinutes(48);
            page.waitForCondition(() -> visitor.traffic().countOf("/api/identity/refresh") > 0);
            assertThat(page.locator("#badge")).isVisible();
            assertThat(Visitor.token(page)).isEqualTo(token);

            BROWSERS.site().server().clock().advance(Duration.ofMinutes(5));
            visitor.passMinutes(1);
            page.waitForCondition(() -> !Objects.equals(Visitor.token(page), token));
            page.click("#order button");
            assertThat(page.locator("#jobs li")).containsText("queued");
            assertThat(page.locator("#trouble")).isHidden();
        }
    }
}
