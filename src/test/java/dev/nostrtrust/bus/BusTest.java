package dev.nostrtrust.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.json.Json;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class BusTest {
    private static final Json.Obj BODY =
            Json.object().put("id", "1").put("state", "queued").build();

    private Vertx vertx;
    private Bus bus;

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        bus = new Bus(vertx);
    }

    /** A subscriber with a context of its own, as a verticle has it. */
    private final class Subscriber extends VerticleBase {
        private final List<Message<JsonObject>> messages = new CopyOnWriteArrayList<>();
        private final List<Context> contexts = new CopyOnWriteArrayList<>();

        @Override
        public Future<?> start() {
            return bus.subscribe(Topic.JOBS_CHANGED, message -> {
                contexts.add(((io.vertx.core.internal.ContextInternal) Vertx.currentContext()).unwrap());
                messages.add(message);
            });
        }

        List<String> ids() {
            return messages.stream()
                    .map(message -> message.body().getString("id", ""))
                    .toList();
        }

        Context ownContext() {
            return context;
        }
    }

    private Subscriber deploy() {
        Subscriber subscriber = new Subscriber();
        TestServer.await(vertx.deployVerticle(subscriber));
        return subscriber;
    }

    private void publish(String id) {
        bus.publish(
                Topic.JOBS_CHANGED, "change " + id, Json.object().put("id", id).build());
    }

    @Test
    void every_subscriber_gets_what_is_published_on_its_own_context() {
        List<Subscriber> subscribers = List.of(deploy(), deploy());

        publish("1");

        Waiting.until(() -> subscribers.stream().allMatch(each -> each.messages.size() == 1));
        for (Subscriber each : subscribers) {
            assertThat(each.ids()).containsExactly("1");
            assertThat(each.contexts).containsExactly(each.ownContext());
        }
    }

    @Test
    void a_message_has_the_documented_headers() {
        Subscriber subscriber = deploy();

        bus.publish(Topic.JOBS_CHANGED, "change 1", BODY);
        bus.publish(Topic.JOBS_CHANGED, "entry 7", 7, BODY);

        Waiting.until(() -> subscriber.messages.size() == 2);
        Message<JsonObject> change = subscriber.messages.get(0);
        assertThat(change.body()).isEqualTo(new JsonObject().put("id", "1").put("state", "queued"));
        assertThat(change.headers().get("type")).isEqualTo("jobs.changed");
        assertThat(change.headers().get("id")).isEqualTo("change 1");
        assertThat(change.headers().get("schema")).isEqualTo("1");
        assertThat(change.headers().get("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");
        assertThat(change.headers().contains("seq")).isFalse();
        assertThat(subscriber.messages.get(1).headers().get("seq")).isEqualTo("7");
    }

    @Test
    void a_wake_up_is_sent_to_one_subscriber() {
        List<Subscriber> subscribers = List.of(deploy(), deploy());

        bus.wakeOne(Topic.JOBS_CHANGED);
        bus.wakeOne(Topic.JOBS_CHANGED);
        // Messages arrive in order: behind this one, no wake-up is on its way.
        publish("last");

        Waiting.until(() -> subscribers.stream().allMatch(each -> each.ids().contains("last")));
        assertThat(subscribers.stream().map(each -> each.messages.size())).containsExactly(2, 2);
    }

    @Test
    void a_subscription_that_is_registered_again_gets_every_message_once() {
        Subscriber subscriber = deploy();
        Subscription subscription = bus.subscriptions().get(0);

        TestServer.await(subscription.registerAgain());
        publish("1");
        publish("2");

        Waiting.until(() -> subscriber.ids().contains("2"));
        assertThat(subscriber.ids()).containsExactly("1", "2");
        assertThat(subscriber.contexts).containsOnly(subscriber.ownContext());
    }

    @Test
    void the_subscription_of_an_undeployed_verticle_is_not_registered_again() {
        Subscriber gone = deploy();
        Subscriber other = deploy();
        TestServer.await(vertx.undeploy(gone.deploymentID()));

        TestServer.await(bus.subscriptions().get(0).registerAgain());
        publish("1");

        Waiting.until(() -> other.ids().contains("1"));
        assertThat(gone.messages).isEmpty();
    }

    @Test
    void a_registration_completes_on_the_context_of_its_caller(VertxTestContext test) {
        deploy();
        Context caller = vertx.getOrCreateContext();
        Promise<Void> done = Promise.promise();

        caller.runOnContext(now -> bus.subscriptions().get(0).registerAgain().onComplete(test.succeeding(registered -> {
            test.verify(() -> assertThat(Vertx.currentContext()).isSameAs(caller));
            done.complete();
        })));

        done.future().onComplete(test.succeedingThenComplete());
    }
}
