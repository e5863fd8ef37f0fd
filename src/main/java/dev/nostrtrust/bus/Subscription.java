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

/** A subscription of this node to an address. All its work runs on its context. */
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

    /** Registers the subscription; completes when it is registered in the whole cluster. */
    Future<Void> register() {
        return onContext(() -> {
            MessageConsumer<JsonObject> created = bus.consumer(address, handler);
            consumer = created;
            return created.completion();
        });
    }

    /** Registers an active subscription again, after the cluster has lost it. */
    Future<Void> registerAgain() {
        return onContext(() -> {
            MessageConsumer<JsonObject> old = consumer;
            if (old == null || !old.isRegistered()) {
                return Future.succeededFuture();
            }
            MessageConsumer<JsonObject> created = bus.consumer(address, handler);
            consumer = created;
            // The new consumer first, so that no message is missed. Duplicates are harmless.
            return created.completion().compose(registered -> old.unregister());
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
