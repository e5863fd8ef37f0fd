package dev.nostrtrust.http;

import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.ChangeWaiters.Wait;
import dev.nostrtrust.bus.Topic;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Event streams of changes. Each stream reads from a source after every wake-up, and periodically without one, because
 * the event bus may lose messages.
 */
public final class ChangeStreams {
    private static final Pattern STREAM = Pattern.compile("(?i)\\s*" + EventStream.CONTENT_TYPE + "\\s*(;.*)?");
    private static final Pattern NOT_ACCEPTED = Pattern.compile("(?i);\\s*q=0(\\.0*)?\\s*(;|$)");

    private final ChangeWaiters waits;

    public ChangeStreams(ChangeWaiters waits) {
        this.waits = waits;
    }

    /** The source of the events of one stream. */
    @FunctionalInterface
    public interface Source {
        /** Adds new events to the stream and returns the next step. */
        Future<Then> next(EventStream stream);
    }

    /** The next step of a stream after a read. */
    public enum Then {
        /** Read again at once: the source has more events. */
        CONTINUE,
        /** Wait for a change. */
        WAIT,
        /** End the stream. */
        END
    }

    /** Whether the request accepts an event stream. */
    public static boolean isAskedFor(Request request) {
        List<String> accept = request.headers("Accept");
        return !accept.isEmpty()
                && accept.stream()
                        .flatMap(header -> Arrays.stream(header.split(",", -1)))
                        .anyMatch(range -> STREAM.matcher(range).matches()
                                && !NOT_ACCEPTED.matcher(range).find());
    }

    /** The number in {@code Last-Event-ID}, up to a largest one; a fallback without one. */
    public static long lastEventId(Request request, long fallback, long largest) {
        String last = request.header("Last-Event-ID");
        return last != null && last.matches("\\d{1,18}") ? Math.min(Long.parseLong(last), largest) : fallback;
    }

    /**
     * A reply that streams until the source or the client ends it, or the server stops.
     *
     * @param ids of the resource
     * @param atMost the longest wait for a wake-up; the source is then read, and a heartbeat is sent if it has no
     *     events
     */
    public Reply reply(Topic topic, List<String> ids, Duration atMost, Source source) {
        return Reply.stream(stream -> feed(stream, topic, ids, atMost, source));
    }

    // Each round starts a new chain of futures, because a stream may last for days.
    private void feed(EventStream stream, Topic topic, List<String> ids, Duration atMost, Source source) {
        Request request = stream.request();
        Wait wait = stream.isOver() ? null : waits.begin(topic, ids, request.boundedAddress());
        if (wait != null) {
            stream.whenOver(wait::end);
        }
        request.reread(() -> stream.isOver() ? Future.succeededFuture(Then.END) : source.next(stream))
                .compose(then -> stream.flush().map(then))
                .compose(then -> then == Then.WAIT && wait != null && !stream.isOver()
                        ? wait.woken(atMost).map(then)
                        : Future.succeededFuture(then))
                .eventually(() -> over(wait))
                .onFailure(e -> stream.abort())
                .onSuccess(then -> {
                    if (then == Then.END || wait == null || stream.isOver()) {
                        stream.end();
                    } else {
                        feed(stream, topic, ids, atMost, source);
                    }
                });
    }

    private static Future<Void> over(@Nullable Wait wait) {
        if (wait != null) {
            wait.end();
        }
        return Future.succeededFuture();
    }
}
