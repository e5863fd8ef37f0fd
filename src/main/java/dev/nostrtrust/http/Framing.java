package dev.nostrtrust.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Whether the next bytes of a connection are the beginning of a request: known as long as all that came were plain
 * requests, one after the other.
 */
final class Framing {
    private boolean known = true;
    private long toCome;

    /** The request that these bytes are, if they are a plain one, all of it, and nothing else; otherwise null. */
    @Nullable
    RequestBytes whole(ByteBuf bytes) {
        if (!known) {
            return null;
        }
        int length = bytes.readableBytes();
        RequestBytes begun = null;
        if (toCome > 0) {
            toCome -= length;
        } else {
            begun = RequestBytes.at(bytes);
            toCome = begun == null ? -1 : begun.length() - length;
        }
        known = toCome >= 0;
        return toCome == 0 ? begun : null;
    }
}
