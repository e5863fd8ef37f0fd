package dev.nostrtrust.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/**
 * Where a consumer keeps how far it has come. One that keeps it together with what it makes of the entries, in one
 * transaction, handles each entry exactly once; {@link #inFile} keeps it apart, and after a crash the last page may
 * come again.
 */
public interface Cursor {
    /** A cursor in a file, which is replaced atomically. */
    static Cursor inFile(Vertx vertx, Path file) {
        return new FileCursor(vertx, file);
    }

    /** The place of the last entry that was handled; 0 for none. */
    Future<Long> load();

    /** Keeps the place of the last entry that was handled; what is done here is done before the next page is read. */
    Future<Void> store(long seq);
}
