package dev.nostrtrust.db;

import dev.nostrtrust.observe.Metrics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Measures database operations, including the wait for a connection. Any thread. */
final class DatabaseMeters {
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Timer done;
    private final Timer failed;

    /**
     * Registers the meters of one kind of operation.
     *
     * @param kind statement or transaction
     */
    DatabaseMeters(Metrics metrics, String kind) {
        this.done = timer(metrics, kind, "done");
        this.failed = timer(metrics, kind, "failed");
        Gauge.builder("database.in.flight", inFlight, AtomicInteger::get)
                .description("Statements and transactions that run or wait for a connection.")
                .tag("kind", kind)
                .strongReference(true)
                .register(metrics.registry());
    }

    /** Measures an operation until it completes. */
    <T> Future<T> time(Future<T> operation) {
        long start = System.nanoTime();
        inFlight.incrementAndGet();
        return operation.onComplete(ended -> {
            inFlight.decrementAndGet();
            (ended.succeeded() ? done : failed).record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        });
    }

    private static Timer timer(Metrics metrics, String kind, String outcome) {
        return metrics.timer("database.operations")
                .description("Duration of statements and transactions, including the wait for a connection.")
                .tag("kind", kind)
                .tag("outcome", outcome)
                .register(metrics.registry());
    }
}
