package dev.nostrtrust.http;

import io.vertx.core.Future;

/** Answers one operation. Runs on the event loop and never blocks. */
@FunctionalInterface
public interface Endpoint {
    /**
     * Answers a request.
     *
     * @return the reply; a failed future or a thrown {@link dev.nostrtrust.error.ApiError} becomes a problem document
     */
    Future<Reply> handle(Request request);
}
