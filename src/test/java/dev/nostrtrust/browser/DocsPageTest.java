package dev.nostrtrust.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The browsable contract. */
@Tag("full")
class DocsPageTest {
    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(Map.of());

    @Test
    void every_operation_of_the_contract_is_shown() {
        try (Visitor visitor = BROWSERS.withoutSigner()) {
            Page page = visitor.open("/docs");

            assertThat(page.locator("#operations-jobs-createJob")).isVisible();
            // One of them stands under two tags.
            assertThat(page.locator(".opblock"))
                    .hasCount(BROWSERS.site().server().operations().size() + 1);
            Visitor.picture(page, "docs");
        }
    }

    @Test
    void an_operation_can_be_tried() {
        try (Visitor visitor = BROWSERS.withoutSigner()) {
            Page page = visitor.open("/docs");

            page.click("#operations-trust-getTrustPolicy .opblock-summary-control");
            page.click("#operations-trust-getTrustPolicy .try-out__btn");
            page.click("#operations-trust-getTrustPolicy .execute");

            assertThat(page.locator(
                            "#operations-trust-getTrustPolicy .live-responses-table tbody .response-col_status"))
                    .containsText("200");
            assertThat(visitor.traffic().countOf("/api/trust/policy")).isEqualTo(1);
        }
    }
}
