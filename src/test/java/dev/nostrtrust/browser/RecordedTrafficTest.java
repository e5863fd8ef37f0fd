package dev.nostrtrust.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What looks for secrets in a browser's traffic would find them. */
@Tag("full")
class RecordedTrafficTest {
    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(Map.of());

    @Test
    void tokens_and_throwaway_keys_are_learnt_and_not_found_where_they_do_not_belong() {
        try (Visitor visitor = BROWSERS.withoutSigner()) {
            Page page = visitor.open("/");
            page.click("#try-it");
            page.waitForCondition(() -> Visitor.token(page) != null);
            page.click("#order button");
            page.waitForCondition(() -> visitor.traffic().countOf("/api/jobs") == 1);

            visitor.traffic().learnSecrets(page);

            assertThat(visitor.traffic().secrets()).contains(String.valueOf(Visitor.token(page)), throwawayKey(page));
            assertThat(visitor.traffic().leaks(List.of(BROWSERS.site().origin())))
                    .isEmpty();
        }
    }

    @Test
    void a_secret_in_an_address_a_body_or_a_line_is_found_and_so_is_another_host() {
        RecordedTraffic traffic = new RecordedTraffic();
        try (BrowserContext context = BROWSERS.browser().newContext()) {
            context.onRequest(traffic::add);
            context.onConsoleMessage(message -> traffic.addLine(message.text()));
            Page page = context.newPage();
            page.navigate(BROWSERS.site().origin() + "/docs");
            page.evaluate("localStorage.setItem('nostr-trust-throwaway', 'cafe'.repeat(16))");
            traffic.learnSecrets(page);
            String key = throwawayKey(page);

            page.evaluate("key => fetch('/api/jobs?key=' + key).catch(() => {})", key);
            page.evaluate("key => fetch('/api/jobs', {method: 'POST', body: key}).catch(() => {})", key);
            page.evaluate("key => console.log('it is', key)", key);

            assertThat(traffic.leaks(List.of(BROWSERS.site().origin())))
                    .anyMatch(leak -> leak.startsWith("a secret in http") && leak.contains("key="))
                    .anyMatch(leak -> leak.startsWith("a secret in http") && leak.endsWith("/api/jobs"))
                    .anyMatch(leak -> leak.startsWith("a secret in a line"))
                    .noneMatch(leak -> leak.startsWith("another host"));
            assertThat(traffic.leaks(List.of("http://localhost:1"))).anyMatch(leak -> leak.startsWith("another host"));
        }
    }

    private static String throwawayKey(Page page) {
        return (String) page.evaluate("localStorage.getItem('nostr-trust-throwaway')");
    }
}
