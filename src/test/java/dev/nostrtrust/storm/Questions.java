package dev.nostrtrust.storm;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks about one key after the other over the event bus, at an even rate and without waiting for answers; each is
 * measured from when it was due.
 */
final class Questions {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final long PACE_NANOS = 200_000;

    private final Vertx vertx;
    private final Context context;
    private final String address;
    private final List<String> pubkeys;

    Questions(Vertx vertx, String address, List<String> pubkeys) {
        this.vertx = vertx;
        this.address = address;
        this.context = vertx.getOrCreateContext();
        this.pubkeys = pubkeys;
    }

    /**
     * What became of one run's questions.
     *
     * @param answers the time that each answer took
     * @param failed those that were refused, or not answered within two seconds
     */
    record Outcome(Histogram answers, AtomicLong failed) {
        @Override
        public String toString() {
            return answers.count() + " answered, " + failed + " failed; " + answers;
        }
    }

    Outcome run(double perSecond, Duration time) {
        Outcome outcome = new Outcome(new Histogram(), new AtomicLong());
        AtomicLong open = new AtomicLong();
        long start = System.nanoTime();
        long total = (long) (perSecond * time.toMillis() / 1000.0);
        long sent = 0;
        while (sent < total) {
            long due = Math.min(total, (long) ((System.nanoTime() - start) * perSecond / 1e9));
            if (due > sent) {
                long from = sent;
                open.addAndGet(due - from);
                context.runOnContext(now -> {
                    for (long i = from; i < due; i++) {
                        ask(
                                pubkeys.get((int) (i % pubkeys.size())),
                                start + (long) (i * 1e9 / perSecond),
                                outcome,
                                open);
                    }
                });
                sent = due;
            }
            LockSupport.parkNanos(PACE_NANOS);
        }
        while (open.get() > 0) {
            LockSupport.parkNanos(PACE_NANOS);
        }
        return outcome;
    }

    /** On the context, to which the histogram belongs until the last answer is there. */
    private void ask(String pubkey, long due, Outcome outcome, AtomicLong open) {
        DeliveryOptions options = new DeliveryOptions().setSendTimeout(TIMEOUT.toMillis());
        vertx.eventBus()
                .<JsonObject>request(address, new JsonObject().put("pubkey", pubkey), options)
                .onSuccess(reply -> {
                    if (pubkey.equals(reply.body().getString("pubkey"))) {
                        outcome.answers().add((System.nanoTime() - due) / 1000);
                    } else {
                        outcome.failed().incrementAndGet();
                    }
                })
                .onFailure(refused -> outcome.failed().incrementAndGet())
                .onComplete(any -> open.decrementAndGet());
    }
}
