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
 * Signatures off the event loop: a pool of its own, unordered, with a bound on what is in the works. Any thread may
 * call; results arrive on the caller's context.
 */
public final class SignatureWorkers {
    private static final Logger LOG = LoggerFactory.getLogger(SignatureWorkers.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final WorkerExecutor pool;
    private final SignatureVerifier verifier;
    private final int bound;
    private final AtomicInteger inFlight;
    private final Timer timer;

    private SignatureWorkers(WorkerExecutor pool, SignatureVerifier verifier, int bound, Metrics metrics) {
        this.inFlight = new AtomicInteger();
        this.timer = metrics.timer("signatures")
                .description("Signatures made or checked, from when they were asked for.")
                .register(metrics.registry());
        Gauge.builder("signatures.in.flight", inFlight, AtomicInteger::get)
                .description("Signatures that wait or are in the works.")
                .register(metrics.registry());
        this.pool = pool;
        this.verifier = verifier;
        this.bound = bound;
    }

    /** Starts the pool. Loads a native library: not for an event loop. */
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
     * Runs other cryptography that is too long for an event loop.
     *
     * @return its result; fails with what it throws or with {@code overloaded}
     */
    public <T> Future<T> run(Callable<T> work) {
        if (inFlight.incrementAndGet() > bound) {
            inFlight.decrementAndGet();
            return Future.failedFuture(ApiError.unavailable(
                    ErrorCode.OVERLOADED, "More signatures are waiting than the server takes on.", RETRY_AFTER));
        }
        long begun = System.nanoTime();
        return pool.executeBlocking(work, false).onComplete(done -> {
            inFlight.decrementAndGet();
            timer.record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
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
            LOG.info("libsecp256k1 does not load here: {}", reason.toString());
            return SignatureVerifier.bouncyCastle();
        }
    }
}
