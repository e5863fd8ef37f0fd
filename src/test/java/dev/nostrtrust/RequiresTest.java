package dev.nostrtrust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

class RequiresTest {

    /** As BalancerTest was: hooks that fail where setup was skipped. */
    @Requires(Tool.UNICORN)
    static class WithoutItsTool {
        @BeforeAll
        static void prepare() {
            fail("runs before all");
        }

        @AfterEach
        void stop() {
            fail("runs after each");
        }

        @AfterAll
        static void leave() {
            fail("runs after all");
        }

        @Test
        void it_works() {
            fail("runs");
        }
    }

    static class WithTestsWithoutTheirTool {
        @Test
        @Requires(Tool.UNICORN)
        void it_works() {
            fail("runs");
        }

        @Test
        void another_one_runs() {
            assertThat(Tool.UNICORN.isInstalled()).isFalse();
        }
    }

    /** As all classes are whose servers do not start. */
    static class WithFailingSetup {
        private static final @Nullable TestServer SERVER = null;

        @BeforeAll
        static void prepare() {
            fail("no server");
        }

        @AfterAll
        static void leave() {
            Objects.requireNonNull(SERVER).close();
        }

        @Test
        void it_works() {
            fail("runs");
        }
    }

    private static TestExecutionSummary run(Class<?> tests, boolean required) {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(tests))
                                .configurationParameters(
                                        Map.of("tools.quiet", "true", "tools.required", Boolean.toString(required)))
                                .build(),
                        listener);
        return listener.getSummary();
    }

    @Test
    void a_class_whose_tool_is_missing_is_skipped_with_its_hooks() {
        TestExecutionSummary summary = run(WithoutItsTool.class, false);

        assertThat(summary.getFailures()).isEmpty();
        assertThat(summary.getTestsSkippedCount()).isEqualTo(1);
    }

    @Test
    void a_test_whose_tool_is_missing_is_skipped_and_others_run() {
        TestExecutionSummary summary = run(WithTestsWithoutTheirTool.class, false);

        assertThat(summary.getFailures()).isEmpty();
        assertThat(summary.getTestsSkippedCount()).isEqualTo(1);
        assertThat(summary.getTestsSucceededCount()).isEqualTo(1);
    }

    @Test
    void where_tools_are_required_a_missing_one_is_a_failure_that_names_it() {
        TestExecutionSummary summary = run(WithoutItsTool.class, true);

        assertThat(summary.getFailures()).singleElement().satisfies(failure -> assertThat(failure.getException())
                .hasMessage("WithoutItsTool requires a tool that no machine has (it cannot be installed)"));
    }

    @Test
    void where_setup_fails_that_is_the_failure_and_not_what_a_hook_meets_then() {
        TestExecutionSummary summary = run(WithFailingSetup.class, false);

        assertThat(summary.getFailures()).singleElement().satisfies(failure -> assertThat(failure.getException())
                .hasMessage("no server")
                .hasNoSuppressedExceptions());
    }
}
