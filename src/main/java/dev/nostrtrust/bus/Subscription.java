package dev.nostrtrust.bus;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** One who listens to an address on this node. What is done to it is done on its context. */
final class Subscription {
    private final EventBus bus;
    private final String address;
    private final Context context;
    private final Handler<Message<JsonObject>> handler;
    private @Nullable MessageConsumer<JsonObject> consumer;

    Subscription(EventBus bus, String address, Context context, Handler<Message<JsonObject>> handler) {
        this.bus = bus;
        this.address = address;
        this.context = context;
        this.handler = handler;
    }

    String address() {
        return address;
    }

    /** Begins to listen; completes when the whole cluster knows. */
    Future<Void> begin() {
        return onContext(() -> {
            MessageConsumer<JsonObject> begun = bus.consumer(address, handler);
            consumer = begun;
            return begun.completion();
        });
    }

    /** Begins anew, if it is still listening: the cluster has forgotten that it is. */
    Future<Void> again() {
        return onContext(() -> {
            MessageConsumer<JsonObject> old = consumer;
            if (old == null || !old.isRegistered()) {
                return Future.succeededFuture();
            }
            MessageConsumer<JsonObject> begun = bus.consumer(address, handler);
            consumer = begun;
            // The new one first: nothing is missed in between, and a message that comes twice does no harm.
            return begun.completion().compose(known -> old.unregister());
        });
    }

    private Future<Void> onContext(java.util.function.Supplier<Future<Void>> work) {
        // On the caller's context: the subscription's own context completes it.
        ContextInternal caller = ContextInternal.current();
        Promise<Void> promise = caller == null ? Promise.promise() : caller.promise();
        context.runOnContext(now -> work.get().onComplete(promise));
        return promise.future();
    }
}
