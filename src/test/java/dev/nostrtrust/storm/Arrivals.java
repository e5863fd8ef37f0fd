package dev.nostrtrust.storm;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How long after the answer to a completion its news comes, in one process and so by one clock. Any thread. */
final class Arrivals {
    private final Map<String, Long> first = new ConcurrentHashMap<>();
    private final Histogram delays = new Histogram();

    /** The answer has come. */
    void completed(String job) {
        long now = System.nanoTime();
        Long told = first.putIfAbsent(job, now);
        if (told != null) {
            add(0);
        }
    }

    /** The news has come, which may be before the answer. */
    void told(String job) {
        long now = System.nanoTime();
        Long completed = first.putIfAbsent(job, now);
        if (completed != null) {
            add((now - completed) / 1000);
        }
    }

    /** The delays up to now. */
    synchronized Histogram delays() {
        Histogram copy = new Histogram();
        copy.add(delays);
        return copy;
    }

    private synchronized void add(long micros) {
        delays.add(micros);
    }
}
