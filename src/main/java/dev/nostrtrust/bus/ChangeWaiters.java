package dev.nostrtrust.bus;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Long polls and event streams that wait for a change. Their number is limited, in total and per address. A wake-up is
 * a hint: the waiter reads the row again. Missing wake-ups are possible. Any thread.
 */
public final class ChangeWaiters {
    /** Used as an id, matches every message of a topic. */
    public static final String ANY = "";

    private final Vertx vertx;
    private final int limit;
    private final int limitPerAddress;
    private final Map<Key, Set<Wait>> waiting = new ConcurrentHashMap<>();
    private final Map<String, Integer> addresses = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong turns = new AtomicLong();
    private volatile boolean closed;

    private record Key(Topic topic, String id) {}

    /**
     * Creates an empty set of waiters.
     *
     * @param limit number of waiters
     * @param limitPerAddress number of waiters of one address; 0 for no limit
     */
    public ChangeWaiters(Vertx vertx, int limit, int limitPerAddress) {
        this.vertx = vertx;
        this.limit = limit;
        this.limitPerAddress = limitPerAddress == 0 ? limit : limitPerAddress;
    }

    /** One waiter. It begins before the first read and ends with {@link #end}. Belongs to the context that began it. */
    public final class Wait {
        private final List<Key> keys;
        private final @Nullable String address;
        private final long turn;
        private final AtomicBoolean active = new AtomicBoolean(true);
        private final Promise<Void> woken;

        private Wait(List<Key> keys, @Nullable String address, long turn) {
            this.keys = keys;
            this.address = address;
            this.turn = turn;
            this.woken = ((ContextInternal) vertx.getOrCreateContext()).promise();
        }

        /** Completes at the next wake-up or after the timeout, and ends the wait. */
        public Future<Void> woken(Duration timeout) {
            long timer = vertx.setTimer(Math.max(1, timeout.toMillis()), tick -> woken.tryComplete());
            return woken.future().onComplete(done -> {
                vertx.cancelTimer(timer);
                end();
            });
        }

        /** Ends the wait; may be called more than once. */
        public void end() {
            keys.forEach(key -> waiting.computeIfPresent(key, (same, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            }));
            if (active.getAndSet(false)) {
                release(address);
            }
            woken.tryComplete();
        }
    }

    /**
     * Begins to wait for messages of a topic.
     *
     * @param id id in the message; null for all messages of the topic
     * @param address client address; null for a client without a limit per address
     * @return null if a limit is reached or the server is stopping
     */
    public @Nullable Wait begin(Topic topic, @Nullable String id, @Nullable String address) {
        return begin(topic, List.of(id == null ? ANY : id), address);
    }

    /** Begins to wait for messages with any of these ids; null if a limit is reached or the server is stopping. */
    public @Nullable Wait begin(Topic topic, List<String> ids, @Nullable String address) {
        return begin(topic, ids, address, takeTurn());
    }

    /** The id under which workers wait for jobs of a queue; no job has it. */
    public static String queue(String name) {
        return "queue " + name;
    }

    /** The ids of one job: its state and its progress. */
    public static List<String> job(String id) {
        return List.of(id, progress(id));
    }

    /** The id under which the progress of a job is waited for; no job has it. */
    static String progress(String id) {
        return "progress " + id;
    }

    /** A turn after all that were taken before. */
    public long takeTurn() {
        return turns.incrementAndGet();
    }

    /** The same with a turn, in which {@link #wakeFirst} wakes. */
    public @Nullable Wait begin(Topic topic, List<String> ids, @Nullable String address, long turn) {
        if (closed || !acquire(address)) {
            return null;
        }
        Wait wait = new Wait(ids.stream().map(id -> new Key(topic, id)).toList(), address, turn);
        wait.keys.forEach(key -> waiting.compute(key, (same, all) -> {
            Set<Wait> waits = all == null ? ConcurrentHashMap.newKeySet() : all;
            waits.add(wait);
            return waits;
        }));
        if (closed) {
            wait.end();
        }
        return wait;
    }

    /** Current number of waiters. */
    public int count() {
        return count.get();
    }

    /** Wakes the waiters for the progress of a job. */
    void wakeProgress(String id) {
        wake(new Key(Topic.JOBS_CHANGED, progress(id)));
    }

    /** Wakes the waiters of this id and the waiters of the whole topic. */
    void wake(Topic topic, @Nullable String id) {
        wake(new Key(topic, ANY));
        if (id != null) {
            wake(new Key(topic, id));
        }
    }

    /** Wakes the waiter of this id whose turn is first, among those that have not been woken. */
    public void wakeFirst(Topic topic, String id) {
        List<Wait> inTurn = new ArrayList<>(waiting.getOrDefault(new Key(topic, id), Set.of()));
        inTurn.sort(Comparator.comparingLong(wait -> wait.turn));
        for (Wait wait : inTurn) {
            if (wait.woken.tryComplete()) {
                return;
            }
        }
    }

    /** Wakes all waiters and accepts no more. Called when the server stops. */
    public void close() {
        closed = true;
        List.copyOf(waiting.keySet()).forEach(this::wake);
    }

    private boolean acquire(@Nullable String address) {
        int others = count.getAndIncrement();
        int fromAddress = address == null ? 0 : addresses.merge(address, 1, Integer::sum);
        if (others < limit && fromAddress <= limitPerAddress) {
            return true;
        }
        release(address);
        return false;
    }

    private void release(@Nullable String address) {
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
