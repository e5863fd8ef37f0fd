package dev.nostrtrust.session;

import static dev.nostrtrust.app.TestServer.await;
import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.IdempotencyKey.RequestHash;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.BusRecorder;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.session.SessionService.Shown;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The use cases of sessions, and what they publish, without HTTP. */
@ExtendWith(VertxExtension.class)
class SessionServiceTest {
    private static final TestClock CLOCK = new TestClock();

    private static MigratedDatabase database;
    private static TestCallers callers;
    private static BusRecorder sent;
    private static SessionService sessions;

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, CLOCK);
        sent = BusRecorder.of(vertx);
        sessions = new SessionService(
                database.database(),
                callers.identities(),
                new TrustModel(TrustPolicy.defaults()),
                SettingsReader.of(Map.of("SESSION_TTL", "1h", "SWEEP_BATCH", "2"))
                        .settings(),
                CLOCK,
                new Bus(vertx));
    }

    /** Expires all sessions that are due. */
    private static void sweep() {
        while (await(sessions.sweep())) {
            // More sessions may be due.
        }
    }

    private static UUID opened(Caller caller) {
        return await(sessions.open(caller, null)).session().id();
    }

    private static IdempotencyKey key(Caller caller) {
        return new IdempotencyKey(caller.subject(), "key", new RequestHash("ab".repeat(32)));
    }

    private static List<String> published(UUID id) {
        return sent.on("sessions.v1.changed").stream()
                .map(message -> message.header("id"))
                .filter(change -> change.startsWith(id.toString()))
                .toList();
    }

    @Test
    void each_change_of_a_session_is_published_once() {
        Caller user = callers.user();
        UUID id = opened(user);

        Shown closed = await(sessions.close(id, user));
        Shown again = await(sessions.close(id, user));

        assertThat(closed.session().state()).isEqualTo(Session.State.CLOSED);
        assertThat(again).isEqualTo(closed);
        assertThat(published(id)).containsExactly(id + "/open", id + "/closed");
    }

    @Test
    void a_session_expires_after_its_time_to_live_even_before_a_sweep() {
        Caller user = callers.user();
        UUID id = opened(user);
        CLOCK.advance(Duration.ofHours(1));

        Session expired = await(sessions.show(id)).session();

        assertThat(expired.state()).isEqualTo(Session.State.EXPIRED);
        assertThat(expired.endedAt()).isEqualTo(expired.createdAt().plus(Duration.ofHours(1)));
        assertThat(published(id)).containsExactly(id + "/open");
        assertThat(refusal(() -> await(sessions.close(id, user))).code()).isEqualTo(ErrorCode.SESSION_NOT_OPEN);
        sweep();
        assertThat(published(id)).containsExactly(id + "/open", id + "/expired");
        assertThat(await(sessions.show(id)).session()).isEqualTo(expired);
    }

    @Test
    void a_sweep_announces_more_while_its_batch_is_full() {
        CLOCK.advance(Duration.ofHours(1));
        sweep();
        opened(Caller.ANONYMOUS);
        opened(Caller.ANONYMOUS);
        opened(Caller.ANONYMOUS);
        CLOCK.advance(Duration.ofHours(1));

        assertThat(await(sessions.sweep())).isTrue();
        assertThat(await(sessions.sweep())).isFalse();
    }

    @Test
    void a_session_is_closed_by_its_owner_a_worker_or_an_operator() {
        Caller owner = callers.user();
        UUID own = opened(owner);
        UUID anonymous = opened(Caller.ANONYMOUS);

        assertThat(refusal(() -> await(sessions.close(own, callers.user()))).code())
                .isEqualTo(ErrorCode.NOT_OWNER);
        assertThat(refusal(() -> await(sessions.close(anonymous, owner))).code())
                .isEqualTo(ErrorCode.NOT_OWNER);
        assertThat(await(sessions.show(own)).session().state()).isEqualTo(Session.State.OPEN);

        Caller worker = callers.named(Scope.WORKER, "worker");
        Caller operator = callers.named(Scope.OPERATOR, "operator");
        assertThat(await(sessions.close(anonymous, worker)).session().state()).isEqualTo(Session.State.CLOSED);
        assertThat(await(sessions.close(own, operator)).session().state()).isEqualTo(Session.State.CLOSED);
    }

    @Test
    void a_blocked_owner_closes_nothing() {
        Caller owner = callers.user();
        UUID id = opened(owner);
        callers.block(owner);

        assertThat(refusal(() -> await(sessions.close(id, owner))).code()).isEqualTo(ErrorCode.IDENTITY_BLOCKED);
        assertThat(await(sessions.show(id)).session().state()).isEqualTo(Session.State.OPEN);
    }

    @Test
    void a_used_key_gets_the_session_as_it_was_opened() {
        Caller user = callers.user();
        Shown first = await(sessions.open(user, key(user)));
        await(sessions.close(first.session().id(), user));

        Shown again = await(sessions.open(user, key(user)));

        assertThat(again).isEqualTo(first);
        assertThat(published(first.session().id())).hasSize(2);
    }

    @Test
    void a_key_whose_first_request_is_not_committed_is_in_flight() throws SQLException {
        Caller user = callers.user();
        try (Connection first = TestDatabases.connect(database.address());
                var statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute("SELECT pg_advisory_xact_lock(hashtextextended('" + user.subject() + " key', 2))");

            assertThat(refusal(() -> await(sessions.open(user, key(user)))).code())
                    .isEqualTo(ErrorCode.IDEMPOTENCY_IN_FLIGHT);
            first.rollback();
        }
        assertThat(await(sessions.open(user, key(user))).session().state()).isEqualTo(Session.State.OPEN);
    }

    @Test
    void a_session_shows_the_tier_of_its_identity_and_an_unknown_session_is_not_found() {
        Caller user = callers.user();
        UUID id = opened(user);
        database.sql("UPDATE nostr_identities SET tier_locked = 'trusted' WHERE pubkey = '" + user.subject() + "'");

        assertThat(await(sessions.show(id)).tier().tier()).isEqualTo(Tier.TRUSTED);
        assertThat(await(sessions.show(opened(Caller.ANONYMOUS))).tier().tier()).isEqualTo(Tier.ANONYMOUS);
        assertThat(refusal(() -> await(sessions.show(UuidV7.next(CLOCK.instant()))))
                        .code())
                .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
    }
}
