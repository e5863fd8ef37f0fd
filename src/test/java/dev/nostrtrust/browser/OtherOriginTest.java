package dev.nostrtrust.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.sun.net.httpserver.HttpServer;
import dev.nostrtrust.fixture.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A shop with pages of its own, at another origin, whose browsers use the API. */
@Tag("full")
class OtherOriginTest {
    private static final int SHOP_PORT = FreePorts.next();
    private static final String SHOP = "http://localhost:" + SHOP_PORT;

    @RegisterExtension
    static final Browsers BROWSERS = new Browsers(
            Map.of("CORS_ORIGINS", SHOP, "RATE_LIMITS", "true", "RATE_ANONYMOUS_CREATIONS", "2", "RATE_WINDOW", "1m"));

    private static final String USE = """
            async base => {
              const { TrustClient } = await import(base + '/nostr-trust.js')
              const trust = new TrustClient({ base })
              const identity = await trust.signIn()
              const job = await trust.createJob({ prompt: 'hello' })
              await trust.signOut()
              return [identity.trust_tier, job.state, job.nostr_pubkey === identity.pubkey]
            }
            """;

    private static final String READ = """
            async base => {
              const order = () => fetch(base + '/api/jobs', {
                method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"request":{}}' })
              const made = await order()
              await order()
              const refused = await order()
              const job = await fetch(base + made.headers.get('Location'))
              return [made.status, made.headers.get('RateLimit'), job.status, job.headers.get('ETag'),
                refused.status, refused.headers.get('Retry-After'), (await refused.json()).code]
            }
            """;

    private static HttpServer shop;

    @BeforeAll
    static void open() throws IOException {
        shop = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), SHOP_PORT), 8);
        shop.createContext("/", exchange -> {
            byte[] page = "<!doctype html><title>Shop</title>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        shop.start();
    }

    @AfterAll
    static void close() {
        shop.stop(0);
    }

    private static Page visit(Visitor visitor, String origin) {
        Page page = visitor.context().newPage();
        page.navigate(origin);
        return page;
    }

    @Test
    void its_pages_sign_in_and_ask_for_work_with_the_module_from_the_server() {
        try (Visitor visitor = BROWSERS.withSigner().whoMayAlsoVisit(SHOP)) {
            Page page = visit(visitor, SHOP);

            assertThat(page.evaluate(USE, BROWSERS.site().origin())).isEqualTo(List.of("new", "queued", true));
        }
    }

    @Test
    void its_pages_read_the_headers_that_they_need() {
        try (Visitor visitor = BROWSERS.withSigner("429").whoMayAlsoVisit(SHOP)) {
            Page page = visit(visitor, SHOP);

            List<?> read = (List<?>) page.evaluate(READ, BROWSERS.site().origin());

            assertThat(read).doesNotContainNull();
            assertThat(read.get(0)).isEqualTo(201);
            assertThat(read.get(2)).isEqualTo(200);
            assertThat(read.get(4)).isEqualTo(429);
            assertThat(read.get(6)).isEqualTo("rate_limited");
        }
    }

    @Test
    void pages_of_an_origin_that_was_not_named_read_nothing() {
        // The same pages by another name are another origin.
        String other = "http://127.0.0.1:" + SHOP_PORT;
        try (Visitor visitor = BROWSERS.withSigner("CORS policy", "ERR_FAILED").whoMayAlsoVisit(other)) {
            Page page = visit(visitor, other);

            Object read = page.evaluate(
                    "base => fetch(base + '/api/trust/policy').then(() => 'read', error => error.name)",
                    BROWSERS.site().origin());

            assertThat(read).isEqualTo("TypeError");
        }
    }
}
