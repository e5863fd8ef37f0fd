package dev.nostrtrust.http;

import dev.nostrtrust.http.Polls.Seen;
import dev.nostrtrust.platform.Topic;
import dev.nostrtrust.platform.Waits;
import dev.nostrtrust.platform.Waits.Wait;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One poll that waits. Belongs to the event loop of its request. */
final class Poll {
    private final Waits waits;
    private final Request request;
    private final long endNanos;
    private final Topic topic;
    private final List<String> ids;
    private final Supplier<Future<Seen>> look;
    private @Nullable Wait wait;
    private boolean gone;

    Poll(Waits waits, Request request, Duration atMost, Topic topic, List<String> ids, Supplier<Future<Seen>> look) {
        this.waits = waits;
        this.request = request;
        this.endNanos = System.nanoTime() + atMost.toNanos();
        this.topic = topic;
        this.ids = ids;
        this.look = look;
    }

    Future<Reply> answer() {
        request.whenOver(() -> {
            gone = true;
            over();
        });
        return look(null);
    }

    private Future<Reply> look(@Nullable Reply before) {
        // Begun before the look, so that what changes after it is not missed.
        wait = waits.begin(topic, ids);
        return Future.succeededFuture()
                .compose(now -> look.get())
                .onFailure(e -> over())
                .compose(seen -> {
                    Wait begun = wait;
                    Duration left = Duration.ofNanos(endNanos - System.nanoTime());
                    boolean changed = before != null && !seen.reply().equals(before);
                    if (begun == null || seen.settled() || changed || left.isNegative() || gone) {
                        over();
                        return Future.succeededFuture(seen.reply());
                    }
                    request.standBy(left);
                    return begun.woken(left)
                            .compose(woken -> gone ? Future.succeededFuture(seen.reply()) : look(seen.reply()));
                });
    }

    private void over() {
        if (wait != null) {
            wait.over();
        }
    }
}
