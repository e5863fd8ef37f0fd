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
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The event bus. It delivers at most once: a message is a hint, and the database is the truth. Bodies are JSON objects;
 * docs/events.md lists the headers. Any thread.
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

    /** The verticles that keep subscriptions registered and wake waiting requests on this node. */
    public List<Deployable> verticles(ChangeWaiters waiters, ClusterSettings settings) {
        return List.of(new WakeVerticle(this, waiters), new BusProbeVerticle(this, settings));
    }

    /**
     * Publishes a message to all subscribers.
     *
     * @param id identifies the change; a repeated message has the same id
     */
    public void publish(Topic topic, String id, Json.Obj body) {
        bus.publish(topic.address(), MessageBody.of(body), headers(topic, id));
    }

    /** Publishes a message to all subscribers after a time, unless this node stops before. */
    public void publishLater(Duration delay, Topic topic, String id, Json.Obj body) {
        vertx.setTimer(Math.max(1, delay.toMillis() + 1), due -> publish(topic, id, body));
    }

    /**
     * Publishes a message with a sequence number to all subscribers.
     *
     * @param id identifies the change; a repeated message has the same id
     * @param seq sequence number, without gaps
     */
    public void publish(Topic topic, String id, long seq, Json.Obj body) {
        bus.publish(topic.address(), MessageBody.of(body), headers(topic, id).addHeader("seq", Long.toString(seq)));
    }

    /** Sends an empty message to one subscriber. */
    public void wakeOne(Topic topic) {
        bus.send(topic.address(), new JsonObject(), headers(topic, TraceParent.randomTraceId()));
    }

    /**
     * Subscribes to a topic. The handler runs on the current context, until its verticle is undeployed.
     *
     * @return completes when the subscription is registered in the whole cluster
     */
    public Future<Void> subscribe(Topic topic, Handler<Message<JsonObject>> handler) {
        Context context = vertx.getOrCreateContext();
        Subscription subscription = new Subscription(bus, topic.address(), context, handler);
        subscriptions.add(subscription);
        return subscription.register();
    }

    /** All subscriptions of this node. */
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
