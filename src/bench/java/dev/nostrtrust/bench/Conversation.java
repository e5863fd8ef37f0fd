package dev.nostrtrust.bench;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The requests of one connection, in order. */
interface Conversation {
    /** The next request; null at the end. */
    @Nullable
    ByteBuffer next();

    /**
     * Takes the answer to the last request.
     *
     * @param body valid during the call only
     */
    void answered(int status, ByteBuffer body);
}
