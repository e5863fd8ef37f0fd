package dev.nostrtrust.storm;

import org.jspecify.annotations.Nullable;

/** One visitor's errand: a request and, as each answer may call for it, further ones on the same connection. */
interface Visit {
    /** The bytes of the first request. */
    byte[] first();

    /** The bytes of the request that follows from an answer; null when the errand is over and this answer counts. */
    default byte @Nullable [] next(Response answer) {
        return null;
    }
}
