package dev.nostrtrust;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;

/**
 * Registered for every test class: where setup has failed, that is the failure, and not the NullPointerException of an
 * after-hook that closes what setup did not open.
 */
public final class FailedSetup implements LifecycleMethodExecutionExceptionHandler {
    @Override
    public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        handleAfterAllMethodExecutionException(context, thrown);
    }

    @Override
    public void handleAfterAllMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        if (context.getExecutionException().isEmpty() || !(thrown instanceof NullPointerException)) {
            throw thrown;
        }
    }
}
