package dev.nostrtrust.app;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has to be closed, the last opened first. */
final class CloseStack implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CloseStack.class);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** Adds what was opened last. */
    synchronized void last(AutoCloseable closeable) {
        opened.push(closeable);
    }

    /** Closes everything; what fails is logged, and the rest is closed all the same. */
    @Override
    public synchronized void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) { // AutoCloseable declares nothing narrower.
                LOG.warn("on the way down: {}", e.toString());
            }
        }
    }
}
