package dev.nostrtrust.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Options of a worker.
 *
 * @param servers addresses of the nodes, such as {@code https://trust.example}; after a failure the next one is used
 * @param token a token of the scope {@code worker}, without spaces or control characters
 * @param queues the queues that the worker serves, 1 to 20
 * @param concurrency maximum number of jobs at a time, 1 to 1000
 * @param claimWait how long a request for jobs waits while there are none, in whole seconds, 1 to 30
 * @param timeout timeout of any other request
 * @param maxBackoff longest pause after a failure; a longer Retry-After of a server is respected
 * @param grace how long running jobs may go on after {@link JobWorker#stop}
 */
public record WorkerOptions(
        List<URI> servers,
        String token,
        List<String> queues,
        int concurrency,
        Duration claimWait,
        Duration timeout,
        Duration maxBackoff,
        Duration grace) {
    private static final int MAX_QUEUES = 20;
    private static final int MAX_CONCURRENCY = 1000;
    private static final Duration MAX_WAIT = Duration.ofSeconds(30);

    public WorkerOptions {
        servers = List.copyOf(servers);
        queues = List.copyOf(queues);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("a worker needs a server");
        }
        if (!FeedOptions.isToken(token)) {
            throw new IllegalArgumentException(FeedOptions.NOT_A_TOKEN);
        }
        if (queues.isEmpty() || queues.size() > MAX_QUEUES) {
            throw new IllegalArgumentException("a worker serves 1 to " + MAX_QUEUES + " queues");
        }
        if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
            throw new IllegalArgumentException("concurrency must be 1 to " + MAX_CONCURRENCY);
        }
        if (claimWait.toSeconds() < 1 || claimWait.toMillis() % 1000 != 0 || claimWait.compareTo(MAX_WAIT) > 0) {
            throw new IllegalArgumentException(
                    "claimWait must be 1 to " + MAX_WAIT.toSeconds() + " seconds, without a fraction");
        }
        if (Stream.of(timeout, maxBackoff, grace).anyMatch(time -> time.toMillis() < 1)) {
            throw new IllegalArgumentException("timeout, maxBackoff and grace are at least one millisecond");
        }
    }

    /**
     * One job of the queue {@code default} at a time, a wait of 30 seconds, a timeout of 10 seconds, and a longest
     * backoff and a grace of 30 seconds each.
     */
    public static WorkerOptions of(List<URI> servers, String token) {
        return new WorkerOptions(
                servers,
                token,
                List.of("default"),
                1,
                MAX_WAIT,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30));
    }

    /** The same with other queues. */
    public WorkerOptions withQueues(List<String> others) {
        return new WorkerOptions(servers, token, others, concurrency, claimWait, timeout, maxBackoff, grace);
    }

    /** The same with another number of jobs at a time. */
    public WorkerOptions withConcurrency(int other) {
        return new WorkerOptions(servers, token, queues, other, claimWait, timeout, maxBackoff, grace);
    }

    /** The same with another grace. */
    public WorkerOptions withGrace(Duration other) {
        return new WorkerOptions(servers, token, queues, concurrency, claimWait, timeout, maxBackoff, other);
    }
}
