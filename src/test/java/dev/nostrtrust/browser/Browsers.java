package dev.nostrtrust.browser;

import com.microsoft.playwright.Browser;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A browser and a site for the tests of one class, which is skipped where there is no browser. */
final class Browsers implements ExecutionCondition, BeforeAllCallback, AfterAllCallback {
    private final Map<String, String> settings;
    private @Nullable Browser browser;
    private @Nullable Site site;

    /**
     * For a class.
     *
     * @param settings of the site's server
     */
    Browsers(Map<String, String> settings) {
        this.settings = settings;
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return context.getTestMethod().isPresent()
                ? ConditionEvaluationResult.enabled("its class is")
                : Requires.Condition.evaluate(context, Tool.NODE_MODULES, Tool.CHROMIUM);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        browser = Chromium.shared();
        site = Site.start(settings);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (site != null) {
            site.close();
        }
    }

    Site site() {
        if (site == null) {
            throw new IllegalStateException("not started");
        }
        return site;
    }

    Browser browser() {
        if (browser == null) {
            throw new IllegalStateException("not started");
        }
        return browser;
    }

    /** A user with a NIP-07 signer of a new key. */
    Visitor withSigner(String... expectedComplaints) {
        return withKey(Signer.newKey(), expectedComplaints);
    }

    /** A user with a NIP-07 signer of this key. */
    Visitor withKey(String key, String... expectedComplaints) {
        Visitor visitor = withoutSigner(expectedComplaints);
        Signer.into(visitor.context(), key);
        return visitor;
    }

    Visitor withoutSigner(String... expectedComplaints) {
        return visitor(new Browser.NewContextOptions(), expectedComplaints);
    }

    Visitor visitor(Browser.NewContextOptions options, String... expectedComplaints) {
        return new Visitor(site(), browser().newContext(options.setLocale("en-GB")), expectedComplaints);
    }
}
