package dev.nostrtrust.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.bus.ChangeWaiters.Wait;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(VertxExtension.class)
class WakeVerticleTest {
    private Vertx vertx;
    private Bus bus;
    private ChangeWaiters waiters;

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        bus = new Bus(vertx);
        waiters = new ChangeWaiters(vertx, 10, 0);
        TestServer.await(vertx.deployVerticle(new WakeVerticle(bus, waiters)));
    }

    private Future<Void> wait(Topic topic, @Nullable String id) {
        Wait wait = Objects.requireNonNull(waiters.begin(topic, id, null));
        return wait.woken(Duration.ofHours(1));
    }

    @ParameterizedTest
    @EnumSource(names = {"JOBS_CHANGED", "SESSIONS_CHANGED", "TRUST_CHANGED"})
    void a_published_change_wakes_the_waiters_of_its_id(Topic topic) {
        Future<Void> waiter = wait(topic, "1");
        Future<Void> other = wait(topic, "2");

        bus.publish(topic, "change 1", Json.object().put("id", "1").build());

        TestServer.await(waiter);
        assertThat(other.isComplete()).isFalse();
    }

    @Test
    void a_change_without_an_id_wakes_the_waiters_of_the_whole_topic() {
        Future<Void> everything = wait(Topic.TRUST_CHANGED, null);
        Future<Void> one = wait(Topic.TRUST_CHANGED, "1");

        bus.publish(
                Topic.TRUST_CHANGED, "entry 1", 1, Json.object().put("seq", 1).build());

        TestServer.await(everything);
        assertThat(one.isComplete()).isFalse();
    }

    @Test
    void a_message_of_another_form_wakes_the_topic_and_does_not_stop_the_verticle() {
        Future<Void> first = wait(Topic.JOBS_CHANGED, null);
        vertx.eventBus().publish(Topic.JOBS_CHANGED.address(), "text");
        TestServer.await(first);

        Future<Void> second = wait(Topic.JOBS_CHANGED, null);
        vertx.eventBus().publish(Topic.JOBS_CHANGED.address(), new JsonObject().put("id", 7));
        TestServer.await(second);

        Future<Void> job = wait(Topic.JOBS_CHANGED, "7");
        bus.publish(Topic.JOBS_CHANGED, "change 1", Json.object().put("id", "7").build());
        TestServer.await(job);
    }
}
