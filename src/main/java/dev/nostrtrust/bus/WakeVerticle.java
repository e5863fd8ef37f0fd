package dev.nostrtrust.bus;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Wakes the waiters of this node when any node publishes a change, and one that waits for work when a job is queued.
 */
final class WakeVerticle extends VerticleBase {
    private final Bus bus;
    private final ChangeWaiters waiters;

    WakeVerticle(Bus bus, ChangeWaiters waiters) {
        this.bus = bus;
        this.waiters = waiters;
    }

    @Override
    public Future<?> start() {
        List<Future<Void>> all = Stream.of(Topic.JOBS_CHANGED, Topic.SESSIONS_CHANGED, Topic.TRUST_CHANGED)
                .map(topic -> bus.subscribe(topic, message -> wake(topic, message.body())))
                .toList();
        Future<Void> progress = bus.subscribe(Topic.JOBS_PROGRESS, message -> {
            String id = text(message.body(), "id");
            if (id != null) {
                waiters.wakeProgress(id);
            }
        });
        return Future.all(all).compose(registered -> progress);
    }

    private void wake(Topic topic, @Nullable Object body) {
        waiters.wake(topic, text(body, "id"));
        if (topic == Topic.JOBS_CHANGED && "queued".equals(text(body, "state"))) {
            // Servers of the release before name no queue.
            String queue = Objects.requireNonNullElse(text(body, "queue"), "default");
            waiters.wakeFirst(topic, ChangeWaiters.queue(queue));
        }
    }

    /** A text in a message; null if it has none of this name. */
    private static @Nullable String text(@Nullable Object body, String name) {
        return body instanceof JsonObject json && json.getValue(name) instanceof String text ? text : null;
    }
}
