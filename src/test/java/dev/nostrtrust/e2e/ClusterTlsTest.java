package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nostrtrust.app.ClusterNodes;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.BusCertificates;
import dev.nostrtrust.fixture.BusRecorder;
import dev.nostrtrust.fixture.FreePorts;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mutual TLS between event buses: who has no certificate of the nodes' authority neither hears nor is heard. */
@Tag("full")
class ClusterTlsTest {
    private static final DeliveryOptions SOON = new DeliveryOptions().setSendTimeout(1_500);

    @TempDir
    private static Path directory;

    private static BusCertificates ours;
    private static BusCertificates theirs;
    private static Map<String, String> second;
    private static Map<String, String> strange;
    private static int busPort;
    private static ClusterNodes nodes;
    private static TestServer one;
    private static TestServer other;

    @BeforeAll
    static void join() {
        ours = BusCertificates.of(directory.resolve("ours"));
        theirs = BusCertificates.of(directory.resolve("theirs"));
        busPort = FreePorts.next();
        Map<String, String> first = new HashMap<>(ours.member("one"));
        first.put("BUS_PORT", Integer.toString(busPort));
        second = ours.member("other");
        strange = theirs.member("stranger");
        nodes = ClusterNodes.start(List.of(first, second));
        one = nodes.get(0);
        other = nodes.get(1);
    }

    @AfterAll
    static void leave() {
        nodes.close();
    }

    /** Another member of the cluster, and what it can make of it. */
    private record Guest(Vertx vertx, String address, Queue<JsonObject> heard) {
        static Guest join(Map<String, String> certificate) {
            Vertx vertx = nodes.join(certificate);
            Guest guest = new Guest(vertx, "guest." + UUID.randomUUID(), new ConcurrentLinkedQueue<>());
            guest.listen("jobs.v1.changed");
            guest.listen(guest.address);
            return guest;
        }

        private void listen(String where) {
            TestServer.await(vertx.eventBus()
                    .<JsonObject>consumer(where, message -> {
                        heard.add(message.body());
                        message.reply(new JsonObject());
                    })
                    .completion());
        }

        /** Tells all and one what never happened. */
        JsonObject lie() {
            JsonObject lie = new JsonObject().put("id", UUID.randomUUID().toString());
            vertx.eventBus().publish("jobs.v1.changed", lie);
            vertx.eventBus().send("trust.v1.pending", lie);
            return lie;
        }

        ReplyException refusal(String pubkey, DeliveryOptions options) {
            return catchThrowableOfType(
                    ReplyException.class,
                    () -> TestServer.await(
                            vertx.eventBus().request("trust.v1.get", new JsonObject().put("pubkey", pubkey), options)));
        }
    }

    private static String order() {
        return Api.of(one).post("/api/jobs", Work.ORDER).text("id");
    }

    private static boolean tells(Queue<JsonObject> heard, String id) {
        return heard.stream().anyMatch(body -> id.equals(body.getString("id")));
    }

    /** A request of a node to the guest alone; it fails by timeout, not for lack of a subscriber. */
    private static void assertOutOfReach(Guest guest) {
        ReplyException refusal = catchThrowableOfType(
                ReplyException.class, () -> TestServer.await(one.asked(guest.address(), new JsonObject(), SOON)));
        assertThat(refusal.failureType()).isEqualTo(ReplyFailure.TIMEOUT);
    }

    private static void assertNeitherHearsNorIsHeard(Guest guest) {
        User user = new User();
        user.logIn(Api.of(one));
        Queue<JsonObject> known = other.listen("jobs.v1.changed");
        List<Queue<JsonObject>> arrived = List.of(nodes.arriving(0), nodes.arriving(1));
        assertOutOfReach(guest);

        JsonObject lie = guest.lie();
        ReplyException refusal = guest.refusal(user.pubkey(), SOON);
        String job = order();
        assertOutOfReach(guest);
        Waiting.until(() -> tells(known, job));

        assertThat(refusal.failureType()).isEqualTo(ReplyFailure.TIMEOUT);
        // What it says itself it hears.
        assertThat(guest.heard()).containsExactly(lie);
        assertThat(arrived).allSatisfy(node -> assertThat(node).doesNotContain(lie));
    }

    @Test
    void nodes_of_one_authority_hear_each_other_and_answer_each_other() {
        User user = new User();
        user.logIn(Api.of(one));
        Queue<JsonObject> heard = other.listen("jobs.v1.changed");
        BusRecorder replies = BusRecorder.of(one);

        String job = order();
        Waiting.until(() -> tells(heard, job));
        // Requests go to each of the nodes in turn.
        for (int i = 0; i < 4; i++) {
            assertThat(other.ask("trust.v1.get", new JsonObject().put("pubkey", user.pubkey()))
                            .getString("trust_tier"))
                    .isEqualTo("new");
        }

        assertThat(replies.all())
                .anySatisfy(
                        sent -> assertThat(sent.body().path("pubkey").asText()).isEqualTo(user.pubkey()));
    }

    @Test
    void a_member_of_another_authority_neither_hears_nor_is_heard() {
        assertNeitherHearsNorIsHeard(Guest.join(strange));
    }

    @Test
    void a_member_that_trusts_our_authority_and_has_a_certificate_of_another_neither_hears_nor_is_heard() {
        Map<String, String> half = new HashMap<>(strange);
        half.put("BUS_TLS_AUTHORITY", second.get("BUS_TLS_AUTHORITY"));

        assertNeitherHearsNorIsHeard(Guest.join(half));
    }

    @Test
    void a_member_without_tls_neither_hears_nor_is_heard() {
        assertNeitherHearsNorIsHeard(Guest.join(Map.of()));
    }

    @Test
    void the_same_member_with_a_certificate_of_our_authority_hears_and_is_heard() {
        Guest guest = Guest.join(second);
        List<Queue<JsonObject>> arrived = List.of(nodes.arriving(0), nodes.arriving(1));

        assertThat(TestServer.await(one.asked(guest.address(), new JsonObject()))
                        .body())
                .isEmpty();
        String job = order();
        Waiting.until(() -> tells(guest.heard(), job));
        JsonObject lie = guest.lie();

        assertThat(guest.refusal(new User().pubkey(), new DeliveryOptions()).failureCode())
                .isEqualTo(404);
        Waiting.until(() -> arrived.stream().allMatch(node -> node.contains(lie)));
    }

    @Test
    void a_connection_without_tls_is_closed_without_an_answer() {
        int open = FreePorts.next();
        nodes.join(Map.of("BUS_PORT", Integer.toString(open)));

        assertThat(BusPing.answer(SocketFactory.getDefault(), busPort)).isEmpty();
        assertThat(BusPing.answer(SocketFactory.getDefault(), open)).containsExactly(1);
    }

    @Test
    void a_connection_with_tls_and_no_certificate_or_one_of_another_authority_is_closed_without_an_answer() {
        assertThat(BusPing.answer(ours.client().getSocketFactory(), busPort)).isEmpty();
        assertThat(BusPing.answer(ours.client(theirs, "stranger").getSocketFactory(), busPort))
                .isEmpty();
        assertThat(BusPing.answer(ours.client(ours, "other").getSocketFactory(), busPort))
                .containsExactly(1);
    }
}
