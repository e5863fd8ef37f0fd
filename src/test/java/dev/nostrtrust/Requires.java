package dev.nostrtrust;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Skips a test class or a test, with all hooks of it, where one of these tools is missing. With
 * {@code -Dtools.required=true} a missing tool fails the test.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Requires.Condition.class)
public @interface Requires {
    Tool[] value();

    /** Decides before any hook runs, so that no hook meets what was never set up. */
    final class Condition implements ExecutionCondition {
        // Standard output of a test goes to a file; this line belongs into the output of the build.
        private static final PrintStream BUILD =
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            Tool[] tools = AnnotationSupport.findAnnotation(context.getElement(), Requires.class)
                    .map(Requires::value)
                    .orElse(new Tool[0]);
            return evaluate(context, tools);
        }

        /** Disables the class or the test where one of these tools is missing, and prints which one. */
        public static ConditionEvaluationResult evaluate(ExtensionContext context, Tool... tools) {
            return Stream.of(tools)
                    .filter(tool -> !tool.isInstalled())
                    .findFirst()
                    .map(tool -> without(tool, context))
                    .orElse(ConditionEvaluationResult.enabled("nothing is missing"));
        }

        private static ConditionEvaluationResult without(Tool tool, ExtensionContext context) {
            String test = name(context);
            if (isSet(context, "tools.required") && !tool.isRight()) {
                throw new AssertionError(test + " requires " + tool);
            }
            String line = "SKIPPED " + test + ": this machine lacks " + tool;
            if (!isSet(context, "tools.quiet")) {
                BUILD.println(line);
            }
            return ConditionEvaluationResult.disabled(line);
        }

        /** JUnit takes system properties for parameters that are not configured. */
        private static boolean isSet(ExtensionContext context, String parameter) {
            return context.getConfigurationParameter(parameter, Boolean::valueOf)
                    .orElse(false);
        }

        private static String name(ExtensionContext context) {
            return context.getTestClass().map(Class::getSimpleName).orElse("")
                    + context.getTestMethod()
                            .map(method -> "." + method.getName())
                            .orElse("");
        }
    }
}
