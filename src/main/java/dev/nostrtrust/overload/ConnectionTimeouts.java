package dev.nostrtrust.overload;

import dev.nostrtrust.config.Settings;
import java.time.Duration;

/**
 * Timeouts of a connection, in nanoseconds.
 *
 * @param receiveNanos from the first byte of a request, or from the connect, to the complete request
 * @param answerNanos from the first byte of a request to its answer
 * @param sendNanos until the client has read its answers
 * @param excessNanos from the connect to the first request on a connection beyond a limit; the refusal answers that
 *     request
 * @param lingerNanos between the last answer and the close
 */
record ConnectionTimeouts(long receiveNanos, long answerNanos, long sendNanos, long excessNanos, long lingerNanos) {
    private static final Duration EXCESS = Duration.ofSeconds(1);
    private static final Duration LINGER = Duration.ofSeconds(1);

    static ConnectionTimeouts of(Settings settings) {
        long answer = settings.httpRequestTimeout().toNanos();
        return new ConnectionTimeouts(
                Math.min(answer, settings.httpReceiveTimeout().toNanos()),
                answer,
                settings.httpSendTimeout().toNanos(),
                EXCESS.toNanos(),
                LINGER.toNanos());
    }

    /** Interval of the checks, in milliseconds. Short, so that each check ends few connections. */
    long checkIntervalMillis() {
        long shortest = Math.min(Math.min(receiveNanos, answerNanos), sendNanos);
        return Math.max(10, Math.min(50, Duration.ofNanos(shortest).toMillis() / 20));
    }
}
