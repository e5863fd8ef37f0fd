package dev.nostrtrust.client;

import io.vertx.core.Future;

/**
 * Where a consumer keeps how far it has come. One that keeps it together with what it makes of the entries, in one
 * transaction, handles each entry exactly once; {@link FileCursor} keeps it apart, and after a crash the last page may
 * come again.
 */
public interface Cursor {
    /** The place of the last entry that was handled; 0 for none. */
    Future<Long> load();

    /** Keeps the place of the last entry that was handled; what is done here is done before the next page is read. */
    Future<Void> store(long seq);
}
