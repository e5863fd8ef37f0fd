package dev.nostrtrust.client;

import dev.nostrtrust.bus.Topic;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands over the ledger, every entry of it and in its order, from where the cursor stands: it is woken by the event
 * bus, where the process is in the server's cluster, and otherwise looks by itself; what it hands over it reads from
 * the server. It goes on by itself when servers come back. Runs on the context on which it was started.
 */
public final class TrustFeed {
    private static final Logger LOG = LoggerFactory.getLogger(TrustFeed.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

    private final Vertx vertx;
    private final Context context;
    private final FeedOptions options;
    private final Cursor cursor;
    private final Function<List<TrustEvent>, Future<Void>> consumer;
    private final FeedClient client;
    private final MessageConsumer<Object> bus;
    private final Promise<Void> ended = Promise.promise();
    private final long timer;
    private long last;
    private boolean reading = true;
    private boolean woken;
    private boolean stopped;
    private Duration pause = FIRST_PAUSE;

    private TrustFeed(
            Vertx vertx, FeedOptions options, Cursor cursor, Function<List<TrustEvent>, Future<Void>> consumer) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.options = options;
        this.cursor = cursor;
        this.consumer = consumer;
        this.client = new FeedClient(vertx, options);
        this.bus = vertx.eventBus()
                .consumer(Topic.TRUST_CHANGED.address(), message -> context.runOnContext(now -> wake()));
        this.timer = vertx.setPeriodic(options.interval().toMillis(), tick -> context.runOnContext(now -> wake()));
    }

    /**
     * Begins to hand over.
     *
     * @param consumer gets pages of entries, one at a time; the next one comes when its future has completed and the
     *     cursor is stored. When it fails, the same page comes again after a pause
     */
    public static TrustFeed start(
            Vertx vertx, FeedOptions options, Cursor cursor, Function<List<TrustEvent>, Future<Void>> consumer) {
        TrustFeed feed = new TrustFeed(vertx, options, cursor, consumer);
        feed.context.runOnContext(now -> feed.begin());
        return feed;
    }

    /** Hands nothing more over; completes when the page under way is done. Safe from any thread. */
    public Future<Void> stop() {
        context.runOnContext(now -> {
            stopped = true;
            if (!reading) {
                end();
            }
        });
        // On the caller's context: the feed's own one completes it.
        Promise<Void> told = ((ContextInternal) vertx.getOrCreateContext()).promise();
        ended.future().onComplete(told);
        return told.future();
    }

    private void begin() {
        // Composed, here and below, so that what throws fails like anything else and is tried again.
        Future.succeededFuture()
                .compose(begin -> cursor.load())
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
        Future.succeededFuture(last)
                .compose(client::after)
                .compose(page -> page.isEmpty() ? Future.succeededFuture(page) : handOver(page))
                .onSuccess(page -> {
                    pause = FIRST_PAUSE;
                    if (woken || page.size() == options.pageSize()) {
                        read();
                    } else {
                        rest();
                    }
                })
                .onFailure(e -> retry(e, this::read));
    }

    private Future<List<TrustEvent>> handOver(List<TrustEvent> page) {
        for (int i = 0; i < page.size(); i++) {
            if (page.get(i).seq() != last + 1 + i) {
                return Future.failedFuture(new IllegalStateException(
                        "after entry " + (last + i) + " comes " + page.get(i).seq()));
            }
        }
        long next = last + page.size();
        return Future.succeededFuture(page)
                .compose(consumer)
                .compose(done -> cursor.store(next))
                .map(stored -> {
                    last = next;
                    return page;
                });
    }

    private void rest() {
        reading = false;
        if (stopped) {
            end();
        }
    }

    private void retry(Throwable cause, Runnable again) {
        LOG.warn("the feed pauses at entry {}: {}", last, cause.toString());
        vertx.setTimer(
                pause.toMillis(),
                tick -> context.runOnContext(now -> {
                    if (stopped) {
                        end();
                    } else {
                        again.run();
                    }
                }));
        pause = pause.multipliedBy(2).compareTo(options.longestPause()) > 0
                ? options.longestPause()
                : pause.multipliedBy(2);
    }

    private void end() {
        vertx.cancelTimer(timer);
        bus.unregister().eventually(client::close).onComplete(gone -> ended.tryComplete());
    }
}
