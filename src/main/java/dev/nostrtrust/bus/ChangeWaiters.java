package dev.nostrtrust.bus;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Long polls and streams that wait for a change: a bounded number, and of one address a smaller one. A wake-up is a
 * hint: the waiter reads the row again. Missing wake-ups are possible. Any thread.
 */
public final class ChangeWaiters {
    /** In place of an id: everything of a topic. */
    public static final String ANY = "";

    private final Vertx vertx;
    private final int limit;
    private final int limitPerAddress;
    private final Map<Key, Set<Wait>> waiting = new ConcurrentHashMap<>();
    private final Map<String, Integer> addresses = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean closed;

    private record Key(Topic topic, String id) {}

    /**
     * Makes room.
     *
     * @param limit how many may wait
     * @param limitPerAddress how many of them may be of one address; 0 for any number
     */
    public ChangeWaiters(Vertx vertx, int limit, int limitPerAddress) {
        this.vertx = vertx;
        this.limit = limit;
        this.limitPerAddress = limitPerAddress == 0 ? limit : limitPerAddress;
    }

    /** One who waits, from before the first look until {@link #over}. Belongs to the context that it began on. */
    public final class Wait {
        private final List<Key> keys;
        private final @Nullable String address;
        private final AtomicBoolean counted = new AtomicBoolean(true);
        private final Promise<Void> woken;

        private Wait(List<Key> keys, @Nullable String address) {
            this.keys = keys;
            this.address = address;
            this.woken = ((ContextInternal) vertx.getOrCreateContext()).promise();
        }

        /** Completes when woken, or after this time; then the wait is over. */
        public Future<Void> woken(Duration atMost) {
            long timer = vertx.setTimer(Math.max(1, atMost.toMillis()), tick -> woken.tryComplete());
            return woken.future().onComplete(done -> {
                vertx.cancelTimer(timer);
                over();
            });
        }

        /** Waits no longer; may be said more than once. */
        public void over() {
            keys.forEach(key -> waiting.computeIfPresent(key, (same, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            }));
            if (counted.getAndSet(false)) {
                giveBack(address);
            }
            woken.tryComplete();
        }
    }

    /**
     * Begins to wait for whatever is published under a topic, or for what is published of one thing.
     *
     * @param id null for everything
     * @param address of the client; null where it is held to no bound
     * @return null where too many wait already, or the server is about to stop
     */
    public @Nullable Wait begin(Topic topic, @Nullable String id, @Nullable String address) {
        return begin(topic, List.of(id == null ? ANY : id), address);
    }

    /** Begins to wait for what is published of any of these things; likewise null where there is no room. */
    public @Nullable Wait begin(Topic topic, List<String> ids, @Nullable String address) {
        if (closed || !take(address)) {
            return null;
        }
        Wait wait = new Wait(ids.stream().map(id -> new Key(topic, id)).toList(), address);
        wait.keys.forEach(key -> waiting.compute(key, (same, all) -> {
            Set<Wait> with = all == null ? ConcurrentHashMap.newKeySet() : all;
            with.add(wait);
            return with;
        }));
        if (closed) {
            wait.over();
        }
        return wait;
    }

    /** How many wait now. */
    public int count() {
        return count.get();
    }

    /** Wakes who waits for this, or for everything of the topic. */
    void wake(Topic topic, @Nullable String id) {
        wake(new Key(topic, ANY));
        if (id != null) {
            wake(new Key(topic, id));
        }
    }

    /** Wakes everybody for good: the server is about to stop. */
    public void close() {
        closed = true;
        List.copyOf(waiting.keySet()).forEach(this::wake);
    }

    private boolean take(@Nullable String address) {
        int others = count.getAndIncrement();
        int same = address == null ? 0 : addresses.merge(address, 1, Integer::sum);
        if (others < limit && same <= limitPerAddress) {
            return true;
        }
        giveBack(address);
        return false;
    }

    private void giveBack(@Nullable String address) {
        count.decrementAndGet();
        if (address != null) {
            addresses.computeIfPresent(address, (same, waiting) -> waiting == 1 ? null : waiting - 1);
        }
    }

    private void wake(Key key) {
        Set<Wait> all = waiting.get(key);
        if (all != null) {
            all.forEach(wait -> wait.woken.tryComplete());
        }
    }
}
