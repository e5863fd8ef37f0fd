package dev.nostrtrust.platform;

import dev.nostrtrust.json.Json;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonObject;

/** The event bus: it delivers at most once, and so carries no truth. Bodies are JSON objects. Any thread. */
public final class Bus {
    private final EventBus bus;

    public Bus(Vertx vertx) {
        this.bus = vertx.eventBus();
    }

    /** Tells everyone who listens. */
    public void publish(Topic topic, Json.Obj body) {
        bus.publish(topic.address(), new JsonObject(body.encode()));
    }

    /** Wakes one who listens. */
    public void nudge(Topic topic) {
        bus.send(topic.address(), new JsonObject());
    }
}
