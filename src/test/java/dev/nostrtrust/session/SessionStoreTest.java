package dev.nostrtrust.session;

import static dev.nostrtrust.app.TestServer.await;
import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.IdempotencyKey.RequestHash;
import dev.nostrtrust.db.RetentionPass;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.session.SessionStore.Found;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The statements of sessions on a real table. */
@ExtendWith(VertxExtension.class)
class SessionStoreTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final Instant END = NOW.plusSeconds(3600);
    private static final int MANY = 1000;

    private static MigratedDatabase database;
    private static TestCallers callers;
    private static SessionStore sessions;

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, () -> NOW);
        sessions = new SessionStore(database.database());
    }

    private static Future<Optional<Found>> create(Caller caller, @Nullable IdempotencyKey key) {
        return sessions.create(UuidV7.next(NOW), caller, NOW, END, key);
    }

    private static UUID open(Caller caller) {
        return await(create(caller, null)).orElseThrow().session().id();
    }

    private static Session read(UUID id) {
        return await(sessions.find(id)).orElseThrow().session();
    }

    private static List<UUID> ids(List<Found> found) {
        return found.stream().map(each -> each.session().id()).toList();
    }

    private static IdempotencyKey key(String scope, String hash) {
        return new IdempotencyKey(scope, "key", new RequestHash(hash.repeat(32)));
    }

    @Test
    void a_new_session_is_open_and_belongs_to_its_creator() {
        Caller user = callers.user();

        Found own = await(create(user, null)).orElseThrow();
        Found anonymous = await(create(Caller.ANONYMOUS, null)).orElseThrow();

        assertThat(own.session())
                .isEqualTo(new Session(own.session().id(), user.pubkey(), Session.State.OPEN, NOW, END, null, 0));
        assertThat(own.standing()).isNotNull();
        assertThat(anonymous.session().pubkey()).isNull();
        assertThat(anonymous.standing()).isNull();
        assertThat(read(own.session().id())).isEqualTo(own.session());
    }

    @Test
    void a_caller_that_may_not_act_opens_no_session() {
        Caller blocked = callers.user();
        Caller revoked = callers.user();
        callers.block(blocked);
        callers.revoke(revoked);

        assertThat(refusal(() -> open(blocked)).code()).isEqualTo(ErrorCode.IDENTITY_BLOCKED);
        assertThat(refusal(() -> open(revoked)).code()).isEqualTo(ErrorCode.TOKEN_REVOKED);

        assertThat(await(sessions.listOwn(new PublicKey(blocked.subject()), null, MANY)))
                .isEmpty();
        assertThat(await(sessions.listOwn(new PublicKey(revoked.subject()), null, MANY)))
                .isEmpty();
    }

    @Test
    void of_several_openings_at_once_with_one_key_one_session_is_opened() {
        Caller user = callers.user();
        IdempotencyKey key = key(user.subject(), "ab");

        List<Future<Optional<Found>>> openings =
                Stream.generate(() -> create(user, key)).limit(16).toList();
        await(Future.join(openings));

        List<UUID> opened = openings.stream()
                .flatMap(opening -> opening.result().stream())
                .map(found -> found.session().id())
                .toList();
        assertThat(opened).hasSize(1);
        assertThat(await(sessions.findByKey(key)).orElseThrow().session().id()).isEqualTo(opened.get(0));
    }

    @Test
    void a_key_belongs_to_one_request_of_one_scope() {
        Caller user = callers.user();
        await(create(user, key(user.subject(), "ab")));

        assertThat(refusal(() -> await(sessions.findByKey(key(user.subject(), "cd"))))
                        .code())
                .isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED);
        assertThat(await(sessions.findByKey(key("other", "ab")))).isEmpty();
        Caller other = callers.user();
        assertThat(await(create(other, key(other.subject(), "cd")))).isPresent();
    }

    @Test
    void an_open_session_is_closed_once_and_only_before_it_expires() {
        UUID closed = open(callers.user());
        UUID late = open(Caller.ANONYMOUS);

        assertThat(await(sessions.close(closed, NOW.plusSeconds(1)))).isPresent();
        assertThat(await(sessions.close(closed, NOW.plusSeconds(2)))).isEmpty();
        assertThat(await(sessions.close(late, END))).isEmpty();

        assertThat(read(closed).state()).isEqualTo(Session.State.CLOSED);
        assertThat(read(closed).endedAt()).isEqualTo(NOW.plusSeconds(1));
        assertThat(read(late).state()).isEqualTo(Session.State.OPEN);
    }

    @Test
    void a_session_expires_at_its_end_and_a_closed_session_does_not() {
        UUID open = open(Caller.ANONYMOUS);
        UUID closed = open(Caller.ANONYMOUS);
        await(sessions.close(closed, NOW));

        assertThat(ids(await(sessions.expire(END.minusMillis(1), MANY)))).doesNotContain(open);
        assertThat(ids(await(sessions.expire(END.plusSeconds(9), MANY))))
                .contains(open)
                .doesNotContain(closed);

        assertThat(read(open).state()).isEqualTo(Session.State.EXPIRED);
        assertThat(read(open).endedAt()).isEqualTo(END);
        assertThat(read(closed).state()).isEqualTo(Session.State.CLOSED);
    }

    @Test
    void a_sweep_has_a_limit_and_leaves_out_locked_rows() throws SQLException {
        UUID locked = open(Caller.ANONYMOUS);
        open(Caller.ANONYMOUS);
        open(Caller.ANONYMOUS);
        try (Connection other = TestDatabases.connect(database.address());
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT FROM sessions WHERE id = '" + locked + "' FOR UPDATE");

            assertThat(await(sessions.expire(END, 1))).hasSize(1);
            assertThat(ids(await(sessions.expire(END, MANY)))).isNotEmpty().doesNotContain(locked);

            other.rollback();
        }
        assertThat(ids(await(sessions.expire(END, MANY)))).contains(locked);
    }

    @Test
    void the_sessions_of_an_identity_are_listed_newest_first() {
        Caller user = callers.user();
        List<UUID> own = Stream.generate(() -> open(user)).limit(3).sorted().toList();
        open(callers.user());
        PublicKey pubkey = new PublicKey(user.subject());

        assertThat(ids(await(sessions.listOwn(pubkey, null, 2)))).containsExactly(own.get(2), own.get(1));
        assertThat(ids(await(sessions.listOwn(pubkey, own.get(1), 2)))).containsExactly(own.get(0));
    }

    @Test
    void sessions_are_deleted_after_the_retention_unless_they_are_open_or_have_jobs() {
        Instant old = NOW.minus(Duration.ofDays(40));
        Duration retention = Duration.ofDays(10);
        List<UUID> ids = Stream.generate(() -> UuidV7.next(old)).limit(5).toList();
        ids.forEach(id -> await(sessions.create(id, Caller.ANONYMOUS, old, NOW, null)));
        UUID open = ids.get(0);
        UUID withJob = ids.get(1);
        UUID late = ids.get(2);
        ids.stream().skip(1).forEach(id -> await(sessions.close(id, id.equals(late) ? old.plusSeconds(2) : old)));
        database.sql("INSERT INTO jobs (id, session_id, state, request, created_at) VALUES ('" + UuidV7.next(old)
                + "', '" + withJob + "', 'queued', '{}', '" + old + "')");
        RetentionPass pass = sessions.retention(retention, 2);

        Instant now = old.plus(retention).plusSeconds(1);
        while (await(pass.sweep(now))) {}

        assertThat(ids.stream()
                        .filter(id -> await(sessions.find(id)).isPresent())
                        .toList())
                .containsExactlyInAnyOrder(open, withJob, late);
        database.sql("DELETE FROM jobs WHERE session_id IS NOT NULL");
        Instant later = now.plus(Duration.ofHours(2));
        while (await(pass.sweep(later))) {}
        assertThat(ids.stream()
                        .filter(id -> await(sessions.find(id)).isPresent())
                        .toList())
                .containsExactly(open);
    }
}
