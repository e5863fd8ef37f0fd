package dev.nostrtrust.auth;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.nostr.Hex;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each test has an identity of its own with one login of a day. */
@ExtendWith(VertxExtension.class)
class IdentityStoreTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    private static MigratedDatabase migrated;

    private final TestClock clock = new TestClock();
    private final String key = randomKey();
    private final Instant loginEnd = clock.instant().plus(Duration.ofDays(1)).truncatedTo(ChronoUnit.MICROS);
    private final Caller caller = caller(UUID.randomUUID());
    private IdentityStore identities;

    @BeforeAll
    static void start(Vertx vertx) {
        migrated = MigratedDatabase.open(vertx);
    }

    @AfterAll
    static void stop() {
        TestServer.await(migrated.database().close());
    }

    private static String randomKey() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return Hex.encode(bytes);
    }

    private Caller caller(UUID login) {
        return new Caller(Scope.USER, key, login, clock.instant().plus(Duration.ofHours(1)));
    }

    @BeforeEach
    void insert() {
        identities = new IdentityStore(migrated.database(), clock);
        migrated.sql("INSERT INTO nostr_identities (pubkey, trust_score, tier, last_seen, created_at, balance,"
                + " balance_as_of, policy_version) VALUES ('" + key + "', 20, 'new', now(), now(), 0, now(), 'test')");
        insertLogin(caller);
    }

    private void insertLogin(Caller of) {
        migrated.sql("INSERT INTO logins (id, pubkey, expires_at) VALUES ('" + of.login() + "', '" + key + "', '"
                + loginEnd + "')");
    }

    private void setRenewedAt(String time) {
        migrated.sql("UPDATE logins SET renewed_at = " + time + " WHERE id = '" + caller.login() + "'");
    }

    private void block() {
        migrated.sql("UPDATE nostr_identities SET blocked_at = now() WHERE pubkey = '" + key + "'");
    }

    private long audited(String action) {
        return migrated.sql(
                "SELECT count(*) FROM audit_log WHERE subject = '" + key + "' AND action = '" + action + "'");
    }

    private static void assertRefused(ErrorCode code, Future<?> attempt) {
        assertThat(refusal(() -> TestServer.await(attempt)).code()).isEqualTo(code);
    }

    private TokenParser token(long generation) {
        return new TokenParser("first", caller, generation, Instant.EPOCH);
    }

    @Test
    void a_user_with_a_live_login_may_act() {
        assertThat(TestServer.await(identities.requireLive(caller))).isEqualTo(caller);
        assertThat(TestServer.await(identities.requireMayAct(caller))).isEqualTo(caller);
        assertThat(TestServer.await(identities.find(caller)).loginExpiresAt()).isEqualTo(loginEnd);
        assertThat(TestServer.await(identities.find(caller)).standing().pubkey().hex())
                .isEqualTo(key);
    }

    @Test
    void a_login_of_another_key_or_after_its_end_is_refused() {
        Caller thief = new Caller(Scope.USER, randomKey(), caller.login(), caller.expiresAt());

        assertRefused(ErrorCode.TOKEN_REVOKED, identities.requireLive(thief));
        assertRefused(ErrorCode.TOKEN_REVOKED, identities.requireLive(caller(UUID.randomUUID())));
        clock.advance(Duration.ofDays(1));
        assertRefused(ErrorCode.TOKEN_REVOKED, identities.requireLive(caller));
    }

    @Test
    void other_scopes_have_no_login_to_check() {
        Caller worker = new Caller(Scope.WORKER, "printer", null, null);

        assertThat(identities.requireLive(worker).result()).isEqualTo(worker);
        assertThat(identities.requireMayAct(worker).result()).isEqualTo(worker);
    }

    @Test
    void a_blocked_identity_is_refused_and_changes_are_audited_once_an_hour() {
        clock.advanceToNoon();
        Caller late = caller(UUID.randomUUID());
        migrated.sql("INSERT INTO logins (id, pubkey, expires_at) VALUES ('" + late.login() + "', '" + key
                + "', now() + interval '9 days')");
        block();

        assertRefused(ErrorCode.IDENTITY_BLOCKED, identities.requireLive(late));
        assertThat(audited("refused_blocked")).isZero();
        assertRefused(ErrorCode.IDENTITY_BLOCKED, identities.requireMayAct(late));
        assertRefused(ErrorCode.IDENTITY_BLOCKED, identities.requireMayAct(late));
        assertThat(audited("refused_blocked")).isEqualTo(1);
        clock.advance(Duration.ofHours(1));
        assertRefused(ErrorCode.IDENTITY_BLOCKED, identities.requireMayAct(late));

        assertThat(audited("refused_blocked")).isEqualTo(2);
        assertThat(migrated.sql("SELECT sum(count) FROM refusal_counts WHERE pubkey = '" + key + "'"))
                .isEqualTo(3);
    }

    @Test
    void a_logout_ends_one_login_even_of_a_blocked_identity() {
        Caller second = caller(UUID.randomUUID());
        insertLogin(second);
        block();

        TestServer.await(identities.logOut(caller, false));
        assertRefused(ErrorCode.TOKEN_REVOKED, identities.logOut(caller, false));
        assertThat(audited("logout")).isEqualTo(1);

        assertRefused(ErrorCode.IDENTITY_BLOCKED, identities.requireLive(second));
    }

    @Test
    void a_logout_of_all_ends_every_login_that_began_before() {
        Caller second = caller(UUID.randomUUID());
        insertLogin(second);

        TestServer.await(identities.logOut(caller, true));
        Caller later = caller(UUID.randomUUID());
        insertLogin(later);

        assertRefused(ErrorCode.TOKEN_REVOKED, identities.requireLive(caller));
        assertRefused(ErrorCode.TOKEN_REVOKED, identities.requireLive(second));
        TestServer.await(identities.requireLive(later));
        assertThat(audited("logout_all")).isEqualTo(1);
    }

    @Test
    void a_renewal_counts_generations_and_a_replaced_token_that_is_valid_still_renews() {
        assertThat(TestServer.await(identities.renew(token(0))).generation()).isEqualTo(1);
        assertThat(TestServer.await(identities.renew(token(0))).generation()).isEqualTo(1);
        assertThat(TestServer.await(identities.renew(token(1))).generation()).isEqualTo(2);
        assertThat(TestServer.await(identities.renew(token(0))).generation()).isEqualTo(2);
    }

    @Test
    void an_expired_token_that_was_replaced_twice_ends_its_login() {
        TestServer.await(identities.renew(token(0)));
        TestServer.await(identities.renew(token(1)));
        clock.advance(Duration.ofHours(1).plus(TokenParser.LEEWAY).plusSeconds(1));

        assertRefused(ErrorCode.TOKEN_REUSED, identities.renew(token(0)));
        assertRefused(ErrorCode.TOKEN_REVOKED, identities.renew(token(2)));

        assertThat(audited("token_reused")).isEqualTo(1);
    }

    @Test
    void an_expired_token_that_was_replaced_just_now_renews() {
        TestServer.await(identities.renew(token(0)));
        clock.advance(Duration.ofHours(1).plus(TokenParser.LEEWAY).plusSeconds(1));
        setRenewedAt("now() + interval '1 hour'");

        assertThat(TestServer.await(identities.renew(token(0))).generation()).isEqualTo(1);
        setRenewedAt("now() - interval '61 seconds'");

        assertRefused(ErrorCode.TOKEN_REUSED, identities.renew(token(0)));
    }

    @Test
    void an_erasure_ends_all_logins_and_uses_its_challenge_once() {
        UUID challenge = UUID.randomUUID();
        Instant after = clock.instant().plus(Duration.ofDays(7));

        TestServer.await(identities.erase(caller, challenge, after));
        Caller later = caller(UUID.randomUUID());
        insertLogin(later);

        assertRefused(ErrorCode.TOKEN_REVOKED, identities.requireLive(caller));
        assertRefused(ErrorCode.CHALLENGE_USED, identities.erase(later, challenge, after));
        assertThat(audited("erasure_asked")).isEqualTo(1);
        assertThat(migrated.sql("SELECT count(*) FROM nostr_identities WHERE pubkey = '" + key
                        + "' AND erase_after > now() + interval '6 days'"))
                .isEqualTo(1);
    }
}
