package dev.nostrtrust.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Options of a feed.
 *
 * @param servers addresses of the nodes, such as {@code https://trust.example}; after a failure the next one is used
 * @param token a token of the scope {@code service}, without spaces or control characters
 * @param pageSize entries per page, 1 to 1000
 * @param interval poll interval, because the event bus may lose a message
 * @param timeout timeout of a request
 * @param maxBackoff longest pause after a failure
 */
public record FeedOptions(
        List<URI> servers, String token, int pageSize, Duration interval, Duration timeout, Duration maxBackoff) {
    static final String NOT_A_TOKEN = "the token is empty, or has characters that tokens never have";

    public FeedOptions {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("a feed needs a server");
        }
        if (Stream.of(interval, timeout, maxBackoff).anyMatch(time -> time.toMillis() < 1)) {
            throw new IllegalArgumentException("interval, timeout and maxBackoff are at least one millisecond");
        }
        if (!isToken(token)) {
            throw new IllegalArgumentException(NOT_A_TOKEN);
        }
        if (pageSize < 1 || pageSize > 1000) {
            throw new IllegalArgumentException("a page has 1 to 1000 entries");
        }
    }

    /** Whether a text can be a token. */
    static boolean isToken(String text) {
        return text.matches("[!-~]+");
    }

    /** Pages of 500, an interval of one second, a timeout and a longest backoff of two seconds each. */
    public static FeedOptions of(List<URI> servers, String token) {
        return new FeedOptions(
                servers, token, 500, Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(2));
    }
}
