package dev.nostrtrust.bus;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Wakes the waiters of this node when any node publishes a change. */
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
                .map(topic -> bus.subscribe(topic, message -> waiters.wake(topic, id(message.body()))))
                .toList();
        return Future.all(all);
    }

    /** The id in a message; null if it has none. */
    private static @Nullable String id(@Nullable Object body) {
        return body instanceof JsonObject json && json.getValue("id") instanceof String id ? id : null;
    }
}
