package dev.nostrtrust.http;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A line for each request that reached the router, if that is wanted: {@code ACCESS_LOG}. It names the operation and
 * not the path, which may hold what is nobody's business: ids, keys, and whatever a client puts there. Any thread.
 */
final class AccessLog {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);

    private final boolean wanted;

    AccessLog(boolean wanted) {
        this.wanted = wanted;
    }

    /**
     * Notes a request that is over.
     *
     * @param route the path as in the contract, or {@code none}
     * @param status of the answer, or {@code left}
     */
    void over(String method, String route, String status, long nanos) {
        if (wanted) {
            LOG.atInfo()
                    .addKeyValue("method", method)
                    .addKeyValue("route", route)
                    .addKeyValue("status", status)
                    .addKeyValue("duration_ms", TimeUnit.NANOSECONDS.toMillis(nanos))
                    .log("request");
        }
    }
}
