package dev.nostrtrust.bus;

import dev.nostrtrust.config.ClusterSettings;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.observe.TraceParent;
import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The event bus: it delivers at most once, and so carries no truth. Bodies are JSON objects; headers say what a message
 * is: docs/events.md. Any thread.
 */
public final class Bus {
    private static final String SCHEMA = "1";

    private final Vertx vertx;
    private final EventBus bus;
    private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

    public Bus(Vertx vertx) {
        this.vertx = vertx;
        this.bus = vertx.eventBus();
    }

    /** The verticles that keep subscriptions registered and wake the requests that wait on this node. */
    public List<Deployable> verticles(ChangeWaiters waiters, ClusterSettings settings) {
        return List.of(new WakeVerticle(this, waiters), new BusProbeVerticle(this, settings));
    }

    /**
     * Tells everyone who listens.
     *
     * @param id the same for the same change, however often it is told
     */
    public void publish(Topic topic, String id, Json.Obj body) {
        bus.publish(topic.address(), MessageBody.of(body), headers(topic, id));
    }

    /**
     * Tells everyone who listens of something that has a place in an order.
     *
     * @param id the same for the same change, however often it is told
     * @param seq its place, without gaps
     */
    public void publish(Topic topic, String id, long seq, Json.Obj body) {
        bus.publish(topic.address(), MessageBody.of(body), headers(topic, id).addHeader("seq", Long.toString(seq)));
    }

    /** Wakes one who listens. */
    public void nudge(Topic topic) {
        bus.send(topic.address(), new JsonObject(), headers(topic, TraceParent.randomTraceId()));
    }

    /**
     * Listens, on the current context and until what runs on it is undeployed.
     *
     * @return completes when the whole cluster knows
     */
    public Future<Void> listen(Topic topic, Handler<Message<JsonObject>> handler) {
        Context context = vertx.getOrCreateContext();
        Subscription subscription = new Subscription(bus, topic.address(), context, handler);
        subscriptions.add(subscription);
        return subscription.begin();
    }

    /** All who listen on this node. */
    List<Subscription> subscriptions() {
        return List.copyOf(subscriptions);
    }

    private static DeliveryOptions headers(Topic topic, String id) {
        return new DeliveryOptions()
                .addHeader("type", topic.type())
                .addHeader("id", id)
                .addHeader("schema", SCHEMA)
                .addHeader(TraceParent.HEADER, TraceParent.next());
    }
}
