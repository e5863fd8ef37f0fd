package dev.nostrtrust.overload;

import dev.nostrtrust.config.Settings;
import java.time.Duration;

/**
 * How long things may take on a connection, in nanoseconds.
 *
 * @param receiveNanos from a request's first byte, or from connecting, until the request is there
 * @param answerNanos from a request's first byte to its answer
 * @param sendNanos until the client has taken its answers
 * @param surplusNanos until a connection that is one too many sends the request by whose answer it is told so
 * @param lingerNanos between the last word and closing
 */
record ConnectionTimeouts(long receiveNanos, long answerNanos, long sendNanos, long surplusNanos, long lingerNanos) {
    private static final Duration SURPLUS = Duration.ofSeconds(1);
    private static final Duration LINGER = Duration.ofSeconds(1);

    static ConnectionTimeouts of(Settings settings) {
        long answer = settings.httpRequestTimeout().toNanos();
        return new ConnectionTimeouts(
                Math.min(answer, settings.httpReceiveTimeout().toNanos()),
                answer,
                settings.httpSendTimeout().toNanos(),
                SURPLUS.toNanos(),
                LINGER.toNanos());
    }

    /** How often connections are looked at, in milliseconds: so that few are cut off at a time, and none late. */
    long tickMillis() {
        long shortest = Math.min(Math.min(receiveNanos, answerNanos), sendNanos);
        return Math.max(10, Math.min(50, Duration.ofNanos(shortest).toMillis() / 20));
    }
}
