package dev.nostrtrust.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * Where the ledger is read, and how.
 *
 * @param servers the addresses of nodes, such as {@code https://trust.example}; the next one is asked when one fails
 * @param token of the scope {@code service}
 * @param pageSize how many entries are handed over together at most: 1 to 1000
 * @param interval how often to look without being woken: the event bus may lose a message
 * @param timeout how long a server may take to answer
 * @param longestPause how long to pause at most between two attempts that fail
 */
public record FeedOptions(
        List<URI> servers, String token, int pageSize, Duration interval, Duration timeout, Duration longestPause) {
    public FeedOptions {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("a feed needs a server");
        }
        if (pageSize < 1 || pageSize > 1000) {
            throw new IllegalArgumentException("a page has 1 to 1000 entries");
        }
    }

    /** Pages of 500, a look every second, two seconds for an answer, and two at most between attempts. */
    public static FeedOptions of(List<URI> servers, String token) {
        return new FeedOptions(
                servers, token, 500, Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(2));
    }
}
