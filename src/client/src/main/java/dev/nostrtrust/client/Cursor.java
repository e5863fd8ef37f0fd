package dev.nostrtrust.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/**
 * Stores the position of a consumer in the feed. A consumer that stores the cursor and its results in one transaction
 * handles each entry exactly once. With {@link #inFile}, the last page may be repeated after a crash.
 */
public interface Cursor {
    /** A cursor in a file, which is replaced atomically. */
    static Cursor inFile(Vertx vertx, Path file) {
        return new FileCursor(vertx, file);
    }

    /** The sequence number of the last handled entry; 0 for none. */
    Future<Long> load();

    /** Stores the sequence number of the last handled entry. The next page is read after the future completes. */
    Future<Void> store(long seq);
}
