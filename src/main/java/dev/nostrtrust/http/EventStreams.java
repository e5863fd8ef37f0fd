package dev.nostrtrust.http;

import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.ChangeWaiters.Wait;
import dev.nostrtrust.bus.Topic;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Streams of what changes, each fed by a source that is asked again whenever it may have something new, and now and
 * then without being woken: the event bus may lose a message.
 */
public final class EventStreams {
    private static final Pattern STREAM = Pattern.compile("(?i)\\s*" + EventStream.CONTENT_TYPE + "\\s*(;.*)?");
    private static final Pattern NOT_ACCEPTED = Pattern.compile("(?i);\\s*q=0(\\.0*)?\\s*(;|$)");

    private final ChangeWaiters waits;

    public EventStreams(ChangeWaiters waits) {
        this.waits = waits;
    }

    /** Where the events of one stream come from. */
    @FunctionalInterface
    public interface Source {
        /** Adds what is new to the stream, and says what is to be done then. */
        Future<Then> next(EventStream stream);
    }

    /** What is to be done when a source was asked. */
    public enum Then {
        /** It has more. */
        GO_ON,
        /** It has no more now. */
        WAIT,
        /** It has no more for good. */
        END
    }

    /** Whether a client asks for a stream. */
    public static boolean isAskedFor(Request request) {
        return request.headers("Accept").stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)))
                .anyMatch(range -> STREAM.matcher(range).matches()
                        && !NOT_ACCEPTED.matcher(range).find());
    }

    /**
     * A reply that goes on until the source ends it, or the client, or the server stops.
     *
     * @param id of what is waited for; null for everything of the topic
     * @param atMost how long to wait before the source is asked without being woken; a heartbeat is sent then
     */
    public Reply reply(Topic topic, @Nullable String id, Duration atMost, Source source) {
        return Reply.stream(stream -> feed(stream, topic, id, atMost, source));
    }

    // Not one long chain of futures: a stream may go on for days.
    private void feed(EventStream stream, Topic topic, @Nullable String id, Duration atMost, Source source) {
        Request request = stream.request();
        Wait wait = stream.isOver() ? null : waits.begin(topic, id, request.boundedAddress());
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
                        feed(stream, topic, id, atMost, source);
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
