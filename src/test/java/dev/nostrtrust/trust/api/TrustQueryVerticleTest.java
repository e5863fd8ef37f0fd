package dev.nostrtrust.trust.api;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Questions on the event bus and their replies. */
@ExtendWith(VertxExtension.class)
class TrustQueryVerticleTest {
    /** One statement runs, and ten batches of 500 wait. */
    private static final int ROOM = 5_001;

    private static final String ADDRESS = "trust.v1.get";

    private final TestClock clock = new TestClock();
    private MigratedDatabase database;
    private TestCallers callers;

    @BeforeEach
    void start(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, clock);
        await(vertx.deployVerticle(new TrustQueryVerticle(
                database.database(), new TrustModel(TrustPolicy.defaults()), clock, new Bus(vertx))));
    }

    private static Future<JsonObject> ask(Vertx vertx, Object body) {
        return vertx.eventBus().<JsonObject>request(ADDRESS, body).map(Message::body);
    }

    private static JsonObject about(String pubkey) {
        return new JsonObject().put("pubkey", pubkey);
    }

    private static ReplyException refusal(Vertx vertx, Object body) {
        return catchThrowableOfType(ReplyException.class, () -> await(ask(vertx, body)));
    }

    @Test
    void a_known_key_gets_its_report_in_hex_and_as_npub(Vertx vertx, VertxTestContext context) {
        String pubkey = callers.user().subject();
        Checkpoint replies = context.checkpoint(2);
        for (String form : new String[] {pubkey, new PublicKey(pubkey).npub()}) {
            ask(vertx, about(form))
                    .onComplete(context.succeeding(report -> context.verify(() -> {
                        assertThat(report.getString("pubkey")).isEqualTo(pubkey);
                        assertThat(report.getString("trust_tier")).isEqualTo("new");
                        assertThat(report.getDouble("balance")).isZero();
                        replies.flag();
                    })));
        }
    }

    @Test
    void the_report_is_the_current_one(Vertx vertx) {
        String pubkey = callers.user().subject();
        await(ask(vertx, about(pubkey)));
        database.sql("UPDATE nostr_identities SET tier_locked = 'elite' WHERE pubkey = '" + pubkey + "'");

        JsonObject report = await(ask(vertx, about(pubkey)));

        assertThat(report.getString("trust_tier")).isEqualTo("elite");
        assertThat(report.getBoolean("tier_locked")).isTrue();
    }

    @Test
    void many_keys_get_their_tiers_with_one_reply(Vertx vertx) {
        String known = callers.user().subject();
        PublicKey unknown = SecretKey.random(new SecureRandom()).publicKey();
        database.sql(
                "UPDATE nostr_identities SET tier_locked = 'elite', blocked_at = now() WHERE pubkey = '" + known + "'");
        JsonArray pubkeys =
                new JsonArray().add(new PublicKey(known).npub()).add(known).add(unknown.hex());

        JsonObject identities =
                await(ask(vertx, new JsonObject().put("pubkeys", pubkeys))).getJsonObject("identities");

        assertThat(identities.fieldNames()).containsExactlyInAnyOrder(known, unknown.hex());
        JsonObject locked = identities.getJsonObject(known);
        assertThat(locked.getString("trust_tier") + locked.getBoolean("blocked"))
                .isEqualTo("elitetrue");
        JsonObject newcomer = identities.getJsonObject(unknown.hex());
        assertThat(Instant.parse((String) newcomer.remove("as_of"))).isBeforeOrEqualTo(clock.instant());
        assertThat(newcomer.encode())
                .isEqualTo("{\"trust_score\":10,\"trust_tier\":\"new\",\"blocked\":false,\"tier_until\":null}");
    }

    private static JsonObject aboutAll(Object... pubkeys) {
        return new JsonObject().put("pubkeys", new JsonArray(List.of(pubkeys)));
    }

    @Test
    void an_unknown_key_is_refused_with_404(Vertx vertx) {
        String unknown = SecretKey.random(new SecureRandom()).publicKey().hex();

        assertThat(refusal(vertx, about(unknown)).failureCode()).isEqualTo(404);
    }

    static Stream<Object> malformed() {
        String nsec = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";
        return Stream.of(
                aboutAll(),
                aboutAll("a".repeat(64), "x"),
                aboutAll(nsec),
                aboutAll(5),
                aboutAll(Collections.nCopies(501, "a".repeat(64)).toArray()),
                new JsonObject().put("pubkeys", "a".repeat(64)),
                new JsonObject(),
                about("x"),
                about(nsec),
                new JsonObject().put("pubkey", 5),
                "x",
                5,
                new JsonArray());
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void a_malformed_question_is_refused_with_400(Object body, Vertx vertx) {
        ReplyException refusal = refusal(vertx, body);

        assertThat(refusal.failureCode()).isEqualTo(400);
        assertThat(refusal.getMessage()).doesNotContain("nsec1");
    }

    @Test
    void without_the_database_a_question_is_refused_with_503_and_no_cause(Vertx vertx) {
        String pubkey = callers.user().subject();
        TestDatabases.drop(database.address());

        ReplyException refusal = refusal(vertx, about(pubkey));

        assertThat(refusal.failureCode()).isEqualTo(503);
        assertThat(refusal.getMessage()).doesNotContain("Exception", "SQL");
    }

    @Test
    void more_questions_than_may_wait_are_refused_and_the_others_answered(Vertx vertx) throws SQLException {
        String pubkey = callers.user().subject();
        AtomicInteger answered = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        try (Connection lock = TestDatabases.connect(database.address());
                var statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            statement.execute("LOCK TABLE nostr_identities IN ACCESS EXCLUSIVE MODE");

            for (int i = 0; i < ROOM + 7; i++) {
                ask(vertx, about(pubkey))
                        .onSuccess(reply -> answered.incrementAndGet())
                        .onFailure(refusal -> refused.addAndGet(
                                refusal instanceof ReplyException reply && reply.failureCode() == 503 ? 1 : 1000));
            }
            Waiting.until(() -> refused.get() == 7);
            assertThat(answered).hasValue(0);
            lock.rollback();
        }
        Waiting.until(() -> answered.get() == ROOM);

        assertThat(refused).hasValue(7);
    }
}
