package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.TestDatabases;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A server that cannot answer for a key fails at once. */
class TrustQueryTest {
    /** One is under way, and ten batches of 500 wait. */
    private static final int ROOM = 5_001;

    @Test
    void without_its_database_a_server_refuses() {
        try (TestServer server = TestServer.start()) {
            User user = new User();
            user.logIn(Api.of(server));
            TestDatabases.drop(server.database());

            ReplyException refusal = catchThrowableOfType(
                    ReplyException.class,
                    () -> server.ask("trust.v1.get", new JsonObject().put("pubkey", user.pubkey())));

            assertThat(refusal.failureCode()).isEqualTo(503);
            assertThat(refusal.getMessage()).doesNotContain("Exception", "SQL");
        }
    }

    @Test
    void more_questions_than_may_wait_are_refused_and_the_others_answered() throws Exception {
        Map<String, String> patient = Map.of("DATABASE_LOCK_TIMEOUT", "30s");
        try (TestServer server = TestServer.start(patient)) {
            User user = new User();
            user.logIn(Api.of(server));
            AtomicInteger answered = new AtomicInteger();
            AtomicInteger refused = new AtomicInteger();
            try (Connection lock = TestDatabases.connect(server.database())) {
                lock.setAutoCommit(false);
                lock.createStatement().execute("LOCK TABLE nostr_identities IN ACCESS EXCLUSIVE MODE");

                for (int i = 0; i < ROOM + 7; i++) {
                    server.asked("trust.v1.get", new JsonObject().put("pubkey", user.pubkey()))
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
}
