package dev.nostrtrust.storm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What became of the visits of one run; latencies are taken from when a visit was due. Belongs to one thread. */
final class Tally {
    private final Map<Integer, Histogram> byStatus = new TreeMap<>();
    private final List<Span> done = new ArrayList<>();
    private final Duration time;
    private long offered;
    private long broken;
    private long unsent;
    private long unhelpful;
    private long refusals;

    /** From when a visit was due to its last answer, by System.nanoTime. */
    private record Span(long due, long answered) {
        long micros() {
            return (answered - due) / 1000;
        }
    }

    Tally(Duration time) {
        this.time = time;
    }

    void offered() {
        offered++;
    }

    /** A visit that was due then has its last answer now. */
    void answered(Response answer, long due) {
        Span span = new Span(due, System.nanoTime());
        byStatus.computeIfAbsent(answer.status(), status -> new Histogram()).add(span.micros());
        if (answer.status() < 300) {
            done.add(span);
        }
        // Looked at for one in a hundred only: reading takes more time than asking.
        if (answer.status() == 503 && refusals++ % 100 == 0 && !isHelpful(answer)) {
            unhelpful++;
        }
    }

    /** A connection that could not be made, or ended before an answer. */
    void broken() {
        broken++;
    }

    /** A visit for which the generator had no connection in time. */
    void unsent() {
        unsent++;
    }

    Histogram of(int status) {
        return byStatus.getOrDefault(status, new Histogram());
    }

    /** What was done, in visits per second. */
    double goodput() {
        long done = byStatus.entrySet().stream()
                .filter(each -> each.getKey() < 300)
                .mapToLong(each -> each.getValue().count())
                .sum();
        return done * 1000.0 / time.toMillis();
    }

    Histogram admitted() {
        Histogram all = new Histogram();
        byStatus.forEach((status, histogram) -> {
            if (status < 300) {
                all.add(histogram);
            }
        });
        return all;
    }

    /** The same without those that fell into a spell of the machine. */
    Histogram admittedOutside(Spells spells) {
        Histogram outside = new Histogram();
        done.stream()
                .filter(span -> !spells.touched(span.due, span.answered))
                .forEach(span -> outside.add(span.micros()));
        return outside;
    }

    Histogram refused() {
        return of(503);
    }

    long failures() {
        return broken + unsent;
    }

    /** 503s that are no problem document with the code {@code overloaded} and a Retry-After. */
    long unhelpfulRefusals() {
        return unhelpful;
    }

    private static boolean isHelpful(Response refusal) {
        return refusal.head().contains("application/problem+json")
                && refusal.head().toLowerCase(Locale.ROOT).contains("retry-after: ")
                && refusal.body().contains("\"code\":\"overloaded\"");
    }

    @Override
    public String toString() {
        StringBuilder counts = new StringBuilder();
        byStatus.forEach((status, histogram) ->
                counts.append(' ').append(status).append('=').append(histogram.count()));
        return String.format(
                Locale.ROOT,
                "offered %.0f/s, goodput %.0f/s,%s broken=%d unsent=%d; admitted %s; refused %s",
                offered * 1000.0 / time.toMillis(),
                goodput(),
                counts,
                broken,
                unsent,
                admitted(),
                refused());
    }
}
