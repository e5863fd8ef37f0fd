package dev.nostrtrust.db;

import dev.nostrtrust.observe.Metrics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Times what is asked of the database, the wait for a connection included. Any thread. */
final class DatabaseMeters {
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Timer done;
    private final Timer failed;

    /**
     * Makes the meters of one way to the database.
     *
     * @param kind statement or transaction
     */
    DatabaseMeters(Metrics metrics, String kind) {
        this.done = timer(metrics, kind, "done");
        this.failed = timer(metrics, kind, "failed");
        Gauge.builder("database.in.flight", inFlight, AtomicInteger::get)
                .description("Statements and transactions under way or waiting for a connection.")
                .tag("kind", kind)
                .strongReference(true)
                .register(metrics.registry());
    }

    /** Times until it has ended. */
    <T> Future<T> time(Future<T> operation) {
        long begun = System.nanoTime();
        inFlight.incrementAndGet();
        return operation.onComplete(ended -> {
            inFlight.decrementAndGet();
            (ended.succeeded() ? done : failed).record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
        });
    }

    private static Timer timer(Metrics metrics, String kind, String outcome) {
        return metrics.timer("database.operations")
                .description("Statements and transactions, from when they were asked for.")
                .tag("kind", kind)
                .tag("outcome", outcome)
                .register(metrics.registry());
    }
}
