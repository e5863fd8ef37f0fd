package dev.nostrtrust.http;

import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.ChangeWaiters.Wait;
import dev.nostrtrust.bus.Topic;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Long polls: {@code ?wait=} delays the answer until the resource has changed, for at most that many seconds. The event
 * bus wakes the poll; the poll then reads the database again. Belongs to the event loop of its request.
 */
public final class LongPoll {
    /** The longest wait, in seconds. Proxies close connections that are silent for a minute. */
    public static final int MAX_WAIT = 55;

    private final ChangeWaiters waiters;

    public LongPoll(ChangeWaiters waiters) {
        this.waiters = waiters;
    }

    /**
     * The result of one read of the database.
     *
     * @param settled whether the client need not wait for a change
     * @param whole reads the complete answer where {@code reply} has no large result; otherwise null
     */
    public record Seen(
            Reply reply, boolean settled, @Nullable Supplier<Future<Reply>> whole) {
        public Seen(Reply reply, boolean settled) {
            this(reply, settled, null);
        }

        /** The answer. A large result is read only for a client that does not have it. */
        private Future<Reply> answer(Function<Supplier<Future<Reply>>, Future<Reply>> read) {
            return whole == null || reply.status() == Reply.NOT_MODIFIED
                    ? Future.succeededFuture(reply)
                    : read.apply(whole);
        }
    }

    /** The parameter {@code wait} in seconds; 0 where the request does not wait. */
    public static long wait(QueryFields query) {
        return query.integer("wait", 0, 0, MAX_WAIT);
    }

    /**
     * Answers with an entity tag. Answers at once where the client does not wait, or where its {@code If-None-Match}
     * shows that it does not know the current state; otherwise when the state has changed.
     *
     * @param wait in seconds; 0 not to wait
     * @param ids of the resource
     * @param read reads the database
     */
    public Future<Reply> tagged(
            Request request, long wait, Topic topic, List<String> ids, Supplier<Future<Seen>> read) {
        boolean knows = !request.headers("If-None-Match").isEmpty();
        return answerAny(request, wait, topic, ids, () -> read.get().map(seen -> {
            Reply tagged = seen.reply().tagged(request);
            return new Seen(tagged, seen.settled() || (knows && tagged.status() != Reply.NOT_MODIFIED), seen.whole());
        }));
    }

    /**
     * Answers when the result is settled or has changed, and after the wait at the latest.
     *
     * @param wait in seconds; 0 not to wait
     * @param id the resource; null for every resource of the topic
     * @param read reads the database
     */
    public Future<Reply> answer(
            Request request, long wait, Topic topic, @Nullable String id, Supplier<Future<Seen>> read) {
        return answerAny(request, wait, topic, List.of(id == null ? ChangeWaiters.ANY : id), read);
    }

    /** Answers when one of several resources has changed; see {@link #answer}. */
    public Future<Reply> answerAny(
            Request request, long wait, Topic topic, List<String> ids, Supplier<Future<Seen>> read) {
        return wait == 0
                ? read.get().compose(seen -> seen.answer(Supplier::get))
                : new Waiting(waiters, request, Duration.ofSeconds(wait), topic, ids, read).answer();
    }

    /**
     * Takes something that others wait for too, and waits while there is nothing. The request that has waited longest
     * is woken first.
     *
     * @param wait in seconds; 0 not to wait
     * @param recheck how often to look without a wake-up, because messages may be lost
     * @param take takes from the database; an empty list if there is nothing
     * @param giveBack is called with what was taken if the client has gone meanwhile
     */
    public <T> Future<List<T>> take(
            Request request,
            long wait,
            Duration recheck,
            Topic topic,
            List<String> ids,
            Supplier<Future<List<T>>> take,
            Function<List<T>, Future<Void>> giveBack) {
        return new Taking<>(waiters, request, Duration.ofSeconds(wait), recheck, topic, ids, take, giveBack).answer();
    }

    /** One request that waits to take something. */
    private static final class Taking<T> {
        private final ChangeWaiters waiters;
        private final Request request;
        private final boolean waits;
        private final long endNanos;
        private final Duration recheck;
        private final Topic topic;
        private final List<String> ids;
        private final Supplier<Future<List<T>>> take;
        private final Function<List<T>, Future<Void>> giveBack;
        private final long turn;
        private @Nullable Wait wait;
        private boolean gone;

        Taking(
                ChangeWaiters waiters,
                Request request,
                Duration atMost,
                Duration recheck,
                Topic topic,
                List<String> ids,
                Supplier<Future<List<T>>> take,
                Function<List<T>, Future<Void>> giveBack) {
            this.waiters = waiters;
            this.request = request;
            this.waits = !atMost.isZero();
            this.endNanos = System.nanoTime() + atMost.toNanos();
            this.recheck = recheck;
            this.topic = topic;
            this.ids = ids;
            this.take = take;
            this.giveBack = giveBack;
            this.turn = waiters.takeTurn();
        }

        Future<List<T>> answer() {
            request.end().onSuccess(ended -> {
                gone = true;
                endWait();
            });
            return attempt(take).compose(this::keep).eventually(this::end);
        }

        private Future<List<T>> attempt(Supplier<Future<List<T>>> source) {
            // The wait begins before the attempt, so that nothing that comes after the attempt is missed.
            wait = gone || !waits ? null : waiters.begin(topic, ids, request.boundedAddress(), turn);
            return Future.succeededFuture().compose(now -> source.get()).compose(taken -> {
                Wait begun = wait;
                Duration left = Duration.ofNanos(endNanos - System.nanoTime());
                if (!taken.isEmpty() || begun == null || left.isNegative() || gone) {
                    return Future.succeededFuture(taken);
                }
                request.suspend(left);
                return begun.woken(left.compareTo(recheck) < 0 ? left : recheck)
                        .compose(woken -> gone
                                ? Future.succeededFuture(taken)
                                : attempt(() ->
                                        request.reread(() -> gone ? Future.succeededFuture(List.of()) : take.get())));
            });
        }

        private Future<List<T>> keep(List<T> taken) {
            return gone && !taken.isEmpty() ? giveBack.apply(taken).map(taken) : Future.succeededFuture(taken);
        }

        /** Wakes the next in turn: there may be more, and this one may have used up a wake-up in vain. */
        private Future<Void> end() {
            endWait();
            if (waits) {
                ids.forEach(id -> waiters.wakeFirst(topic, id));
            }
            return Future.succeededFuture();
        }

        private void endWait() {
            if (wait != null) {
                wait.end();
            }
        }
    }

    /** One request that waits. */
    private static final class Waiting {
        private final ChangeWaiters waiters;
        private final Request request;
        private final long endNanos;
        private final Topic topic;
        private final List<String> ids;
        private final Supplier<Future<Seen>> read;
        private @Nullable Wait wait;
        private boolean gone;

        Waiting(
                ChangeWaiters waiters,
                Request request,
                Duration atMost,
                Topic topic,
                List<String> ids,
                Supplier<Future<Seen>> read) {
            this.waiters = waiters;
            this.request = request;
            this.endNanos = System.nanoTime() + atMost.toNanos();
            this.topic = topic;
            this.ids = ids;
            this.read = read;
        }

        Future<Reply> answer() {
            request.end().onSuccess(ended -> {
                gone = true;
                endWait();
            });
            return read(null, read)
                    .eventually(this::endWait)
                    .compose(seen -> gone ? Future.succeededFuture(seen.reply()) : seen.answer(request::reread));
        }

        private Future<Seen> read(@Nullable Reply before, Supplier<Future<Seen>> source) {
            // The wait begins before the read, so that no change after the read is missed.
            wait = gone ? null : waiters.begin(topic, ids, request.boundedAddress());
            return Future.succeededFuture().compose(now -> source.get()).compose(seen -> {
                Wait begun = wait;
                Duration left = Duration.ofNanos(endNanos - System.nanoTime());
                boolean changed = before != null && !seen.reply().equals(before);
                if (begun == null || seen.settled() || changed || left.isNegative() || gone) {
                    return Future.succeededFuture(seen);
                }
                request.suspend(left);
                return begun.woken(left).compose(woken -> readAgain(seen));
            });
        }

        private Future<Seen> readAgain(Seen seen) {
            return gone
                    ? Future.succeededFuture(seen)
                    : read(seen.reply(), () -> request.reread(() -> gone ? Future.succeededFuture(seen) : read.get()));
        }

        private Future<Void> endWait() {
            if (wait != null) {
                wait.end();
            }
            return Future.succeededFuture();
        }
    }
}
