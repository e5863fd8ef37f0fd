package dev.nostrtrust.bus;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Wakes those who wait on this node for what any node publishes. */
final class WakeVerticle extends VerticleBase {
    private final Bus bus;
    private final ChangeWaiters waits;

    WakeVerticle(Bus bus, ChangeWaiters waits) {
        this.bus = bus;
        this.waits = waits;
    }

    @Override
    public Future<?> start() {
        List<Future<Void>> all = Stream.of(Topic.JOBS_CHANGED, Topic.SESSIONS_CHANGED, Topic.TRUST_CHANGED)
                .map(topic -> bus.listen(topic, message -> waits.wake(topic, id(message.body()))))
                .toList();
        return Future.all(all);
    }

    /** What a message is about; null where it does not say so. */
    private static @Nullable String id(@Nullable Object body) {
        return body instanceof JsonObject json && json.getValue("id") instanceof String id ? id : null;
    }
}
