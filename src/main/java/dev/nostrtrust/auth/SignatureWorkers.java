package dev.nostrtrust.auth;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.VerifierChoice;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.SignatureVerifier;
import dev.nostrtrust.nostr.VerifiedEvent;
import dev.nostrtrust.observe.Metrics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes and checks signatures off the event loop, on an unordered worker pool with a limit on signatures in flight. Any
 * thread; results arrive on the caller's context.
 */
public final class SignatureWorkers {
    private static final Logger LOG = LoggerFactory.getLogger(SignatureWorkers.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final WorkerExecutor pool;
    private final SignatureVerifier verifier;
    private final int maxInFlight;
    private final AtomicInteger inFlight;
    private final Timer timer;

    private SignatureWorkers(WorkerExecutor pool, SignatureVerifier verifier, int maxInFlight, Metrics metrics) {
        this.inFlight = new AtomicInteger();
        this.timer = metrics.timer("signatures")
                .description("Time of making or checking a signature, with the wait for a worker.")
                .register(metrics.registry());
        Gauge.builder("signatures.in.flight", inFlight, AtomicInteger::get)
                .description("Signatures that are waiting or running.")
                .register(metrics.registry());
        this.pool = pool;
        this.verifier = verifier;
        this.maxInFlight = maxInFlight;
    }

    /** Starts the pool. Blocks while it loads a native library. */
    public static SignatureWorkers start(Vertx vertx, Settings settings, Metrics metrics) {
        int threads = settings.signatureWorkers() > 0
                ? settings.signatureWorkers()
                : Runtime.getRuntime().availableProcessors();
        WorkerExecutor pool = vertx.createSharedWorkerExecutor("signatures", threads, 10, TimeUnit.SECONDS);
        SignatureVerifier verifier = verifier(settings.signatureVerifier());
        LOG.info("signatures are checked by {} on {} threads", verifier.name(), threads);
        return new SignatureWorkers(pool, verifier, settings.signatureInFlight(), metrics);
    }

    /**
     * Verifies an event's id and signature.
     *
     * @return the verified event; fails with the {@link ApiError}s of {@link VerifiedEvent#verify} or with
     *     {@code overloaded}
     */
    public Future<VerifiedEvent> verify(Event event) {
        return run(() -> VerifiedEvent.verify(event, verifier));
    }

    /**
     * Runs another cryptographic operation that would block an event loop.
     *
     * @return its result; fails with its exception or with {@code overloaded}
     */
    public <T> Future<T> run(Callable<T> work) {
        if (inFlight.incrementAndGet() > maxInFlight) {
            inFlight.decrementAndGet();
            return Future.failedFuture(ApiError.unavailable(
                    ErrorCode.OVERLOADED,
                    "The server is overloaded with signatures. Send the request again later.",
                    RETRY_AFTER));
        }
        long startNanos = System.nanoTime();
        return pool.executeBlocking(work, false).onComplete(result -> {
            inFlight.decrementAndGet();
            timer.record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
        });
    }

    private static SignatureVerifier verifier(VerifierChoice choice) {
        return switch (choice) {
            case NATIVE -> SignatureVerifier.libsecp256k1();
            case BOUNCYCASTLE -> SignatureVerifier.bouncyCastle();
            case AUTO -> fastest();
        };
    }

    private static SignatureVerifier fastest() {
        try {
            return SignatureVerifier.libsecp256k1();
        } catch (RuntimeException | LinkageError e) {
            Throwable reason = e.getCause() == null ? e : e.getCause();
            LOG.info("libsecp256k1 is not available, using Bouncy Castle: {}", reason.toString());
            return SignatureVerifier.bouncyCastle();
        }
    }
}
