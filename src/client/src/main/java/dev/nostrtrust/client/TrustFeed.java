package dev.nostrtrust.client;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Passes every entry of the ledger to a consumer, in order, starting after the cursor. Reads entries from the server
 * over HTTP, periodically and after each wake-up from the event bus if the process is in the cluster. Retries after
 * failures. Runs on the context that started it.
 */
public final class TrustFeed {
    private static final System.Logger LOG = System.getLogger(TrustFeed.class.getName());
    private static final String ADDRESS = "trust.v1.changed";
    private static final Duration MIN_BACKOFF = Duration.ofMillis(50);

    private final Vertx vertx;
    private final Context context;
    private final FeedOptions options;
    private final Cursor cursor;
    private final Function<List<TrustEvent>, Future<Void>> consumer;
    private final TrustHttpClient client;
    private final LongSupplier nanoTime;
    private final LongConsumer caughtUp;
    private final MessageConsumer<Object> bus;
    private final Promise<Void> ended = Promise.promise();
    private final long timer;
    private long last;
    private boolean reading = true;
    private boolean woken;
    private boolean stopped;
    private Duration backoff = MIN_BACKOFF;
    /** The failure that was logged last; the same one is not logged again until a read succeeds. */
    private String logged = "";

    private TrustFeed(
            Vertx vertx,
            FeedOptions options,
            Cursor cursor,
            Function<List<TrustEvent>, Future<Void>> consumer,
            LongSupplier nanoTime,
            LongConsumer caughtUp) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.options = options;
        this.cursor = cursor;
        this.consumer = consumer;
        this.client = new TrustHttpClient(vertx, options);
        this.nanoTime = nanoTime;
        this.caughtUp = caughtUp;
        this.bus = vertx.eventBus().consumer(ADDRESS, message -> context.runOnContext(now -> wake()));
        this.timer = vertx.setPeriodic(options.interval().toMillis(), tick -> context.runOnContext(now -> wake()));
    }

    /**
     * Starts a feed.
     *
     * @param consumer receives one page of entries at a time; the next page follows when its future has completed and
     *     the cursor is stored. If it fails, it receives the same page again after a backoff
     */
    public static TrustFeed start(
            Vertx vertx, FeedOptions options, Cursor cursor, Function<List<TrustEvent>, Future<Void>> consumer) {
        return start(vertx, options, cursor, consumer, System::nanoTime, began -> {});
    }

    /**
     * Starts a feed.
     *
     * @param nanoTime the clock of caughtUp
     * @param caughtUp is called when the consumer has everything that was in the ledger at a time of that clock
     */
    static TrustFeed start(
            Vertx vertx,
            FeedOptions options,
            Cursor cursor,
            Function<List<TrustEvent>, Future<Void>> consumer,
            LongSupplier nanoTime,
            LongConsumer caughtUp) {
        TrustFeed feed = new TrustFeed(vertx, options, cursor, consumer, nanoTime, caughtUp);
        feed.context.runOnContext(now -> feed.begin());
        return feed;
    }

    /** Stops the feed; completes when the current page is handled. Any thread. */
    public Future<Void> stop() {
        context.runOnContext(now -> {
            stopped = true;
            if (!reading) {
                end();
            }
        });
        // On the caller's context, because the feed's context completes it.
        Promise<Void> result = ((ContextInternal) vertx.getOrCreateContext()).promise();
        ended.future().onComplete(result);
        return result.future();
    }

    private void begin() {
        // compose, here and below, turns an exception into a failed future, which is retried.
        Future.succeededFuture()
                .compose(begin -> onContext(cursor.load()))
                .onSuccess(seq -> {
                    last = seq;
                    read();
                })
                .onFailure(e -> retry(e, this::begin));
    }

    private void wake() {
        woken = true;
        if (!reading && !stopped) {
            read();
        }
    }

    private void read() {
        if (stopped) {
            end();
            return;
        }
        reading = true;
        woken = false;
        long began = nanoTime.getAsLong();
        Future.succeededFuture(last)
                .compose(client::after)
                .compose(page -> page.isEmpty() ? Future.succeededFuture(page) : deliver(page))
                .onSuccess(page -> {
                    backoff = MIN_BACKOFF;
                    logged = "";
                    if (page.size() < options.pageSize()) {
                        caughtUp.accept(began);
                    }
                    if (woken || page.size() == options.pageSize()) {
                        read();
                    } else {
                        idle();
                    }
                })
                .onFailure(e -> retry(e, this::read));
    }

    private Future<List<TrustEvent>> deliver(List<TrustEvent> page) {
        for (int i = 0; i < page.size(); i++) {
            if (page.get(i).seq() != last + 1 + i) {
                return Future.failedFuture(new IllegalStateException(
                        "entry " + (last + i) + " is followed by " + page.get(i).seq()));
            }
        }
        long next = last + page.size();
        return Future.succeededFuture(page)
                .compose(entries -> onContext(consumer.apply(entries)))
                .compose(done -> onContext(cursor.store(next)))
                .map(stored -> {
                    last = next;
                    return page;
                });
    }

    /** Continues on the context of the feed, whichever thread completes the future. */
    private <T> Future<T> onContext(Future<T> future) {
        Promise<T> result = ((ContextInternal) context).promise();
        future.onComplete(result);
        return result.future();
    }

    private void idle() {
        reading = false;
        if (stopped) {
            end();
        }
    }

    private void retry(Throwable cause, Runnable again) {
        if (!cause.toString().equals(logged)) {
            logged = cause.toString();
            LOG.log(Level.WARNING, "the feed fails at entry {0} and is retried: {1}", Long.toString(last), logged);
        }
        vertx.setTimer(
                backoff.toMillis(),
                tick -> context.runOnContext(now -> {
                    if (stopped) {
                        end();
                    } else {
                        again.run();
                    }
                }));
        backoff = backoff.multipliedBy(2).compareTo(options.maxBackoff()) > 0
                ? options.maxBackoff()
                : backoff.multipliedBy(2);
    }

    private void end() {
        vertx.cancelTimer(timer);
        bus.unregister().eventually(client::close).onComplete(gone -> ended.tryComplete());
    }
}
