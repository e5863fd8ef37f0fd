package dev.nostrtrust.http;

import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.Topic;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Polls that wait: {@code ?wait=} holds the answer back until there is a new one, for so many seconds at most. Who
 * waits is woken by the event bus, and then the database is asked, once.
 */
public final class Polls {
    /** The longest wait, in seconds: proxies cut what is silent for a minute. */
    public static final int MAX_WAIT = 55;

    private final ChangeWaiters waits;

    public Polls(ChangeWaiters waits) {
        this.waits = waits;
    }

    /**
     * What a look showed.
     *
     * @param settled whether there is nothing to wait for
     */
    public record Seen(Reply reply, boolean settled) {}

    /** Where a request's {@code wait} stands, in seconds; 0 where it does not wait. */
    public static long wait(QueryFields query) {
        return query.integer("wait", 0, 0, MAX_WAIT);
    }

    /**
     * Answers at once a client that does not wait, or does not know what there is, as its If-None-Match tells; others
     * when that has changed. Replies are tagged.
     *
     * @param wait in seconds; 0 not to wait
     * @param look asks the database
     */
    public Future<Reply> tagged(Request request, long wait, Topic topic, String id, Supplier<Future<Seen>> look) {
        boolean knows = !request.headers("If-None-Match").isEmpty();
        return answer(request, wait, topic, id, () -> look.get().map(seen -> {
            Reply tagged = seen.reply().tagged(request);
            return new Seen(tagged, seen.settled() || (knows && tagged.status() != Reply.NOT_MODIFIED));
        }));
    }

    /**
     * Answers when what is seen is settled or has changed, and after the wait at the latest.
     *
     * @param wait in seconds; 0 not to wait
     * @param id of what is waited for; null for everything of the topic
     * @param look asks the database
     */
    public Future<Reply> answer(
            Request request, long wait, Topic topic, @Nullable String id, Supplier<Future<Seen>> look) {
        return answerAny(request, wait, topic, List.of(id == null ? ChangeWaiters.ANY : id), look);
    }

    /** The same for several things at once. */
    public Future<Reply> answerAny(
            Request request, long wait, Topic topic, List<String> ids, Supplier<Future<Seen>> look) {
        return wait == 0
                ? look.get().map(Seen::reply)
                : new Poll(waits, request, Duration.ofSeconds(wait), topic, ids, look).answer();
    }
}
