package dev.nostrtrust.http;

import dev.nostrtrust.bus.ChangeWaiters.Wait;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.http.Polls.Seen;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One poll that waits. Belongs to the event loop of its request. */
final class Poll {
    private final ChangeWaiters waits;
    private final Request request;
    private final long endNanos;
    private final Topic topic;
    private final List<String> ids;
    private final Supplier<Future<Seen>> look;
    private @Nullable Wait wait;
    private boolean gone;

    Poll(ChangeWaiters waits, Request request, Duration atMost, Topic topic, List<String> ids, Supplier<Future<Seen>> look) {
        this.waits = waits;
        this.request = request;
        this.endNanos = System.nanoTime() + atMost.toNanos();
        this.topic = topic;
        this.ids = ids;
        this.look = look;
    }

    Future<Reply> answer() {
        request.end().onSuccess(ended -> {
            gone = true;
            over();
        });
        return look(null, look).eventually(this::over);
    }

    private Future<Reply> look(@Nullable Reply before, Supplier<Future<Seen>> ask) {
        // Begun before the look, so that what changes after it is not missed.
        wait = gone ? null : waits.begin(topic, ids, request.boundedAddress());
        return Future.succeededFuture().compose(now -> ask.get()).compose(seen -> {
            Wait begun = wait;
            Duration left = Duration.ofNanos(endNanos - System.nanoTime());
            boolean changed = before != null && !seen.reply().equals(before);
            if (begun == null || seen.settled() || changed || left.isNegative() || gone) {
                return Future.succeededFuture(seen.reply());
            }
            request.standBy(left);
            return begun.woken(left).compose(woken -> lookAgain(seen));
        });
    }

    private Future<Reply> lookAgain(Seen seen) {
        return gone
                ? Future.succeededFuture(seen.reply())
                : look(seen.reply(), () -> request.askAgain(() -> gone ? Future.succeededFuture(seen) : look.get()));
    }

    private Future<Void> over() {
        if (wait != null) {
            wait.over();
        }
        return Future.succeededFuture();
    }
}
