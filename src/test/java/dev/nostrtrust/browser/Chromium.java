package dev.nostrtrust.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.nostrtrust.fixture.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The Chromium of this machine, driven by Playwright. */
final class Chromium {
    /** How long anything may take in a browser; the machine may be busy. */
    static final int TIMEOUT_MILLIS = 30_000;

    private static @Nullable Browser shared;

    private Chromium() {}

    /**
     * One for all tests, on the thread that they run on; each has a context of its own in it. Ends with this process.
     */
    static Browser shared() {
        Browser browser = shared;
        if (browser == null) {
            browser = launch();
            shared = browser;
        }
        return browser;
    }

    private static Browser launch() {
        PlaywrightAssertions.setDefaultAssertionTimeout(TIMEOUT_MILLIS);
        try {
            Path modules = NodeModules.directory();
            Path driver = Files.createDirectories(modules.resolve("playwright"));
            Path link = driver.resolve("package");
            if (!Files.isSymbolicLink(link)) {
                Files.createSymbolicLink(link, modules.resolve("node_modules/playwright-core"));
            }
            System.setProperty("playwright.cli.dir", driver.toString());
            String node = NodeModules.node().toString();
            Playwright playwright = Playwright.create(new Playwright.CreateOptions()
                    .setEnv(Map.of("PLAYWRIGHT_NODEJS_PATH", node, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
            // Its own sandbox cannot be had by root, as in containers; it sees our own pages only.
            return playwright
                    .chromium()
                    .launch(new BrowserType.LaunchOptions()
                            .setExecutablePath(Tool.chromium().orElseThrow())
                            .setChromiumSandbox(false));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
