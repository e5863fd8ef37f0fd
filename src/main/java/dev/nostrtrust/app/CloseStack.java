package dev.nostrtrust.app;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes resources in reverse order of opening. */
final class CloseStack implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CloseStack.class);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** Adds a resource. */
    synchronized void push(AutoCloseable closeable) {
        opened.push(closeable);
    }

    /** Closes all resources. Logs failures and continues. */
    @Override
    public synchronized void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) { // AutoCloseable declares nothing narrower.
                LOG.warn("closing a resource failed: {}", e.toString());
            }
        }
    }
}
