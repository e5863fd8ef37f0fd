package dev.nostrtrust.login;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.auth.SignatureWorkers;
import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.Origins;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestKeys;
import dev.nostrtrust.login.Challenge.Purpose;
import dev.nostrtrust.login.LoginService.Granted;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.observe.Metrics;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each test has a key of its own. A challenge withstands three wrong signatures. */
@ExtendWith(VertxExtension.class)
class LoginServiceTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String FIRST = "https://trust.example";
    private static final String SECOND = "https://second.example";
    private static final Settings SETTINGS = RouteServer.settings(Map.of(
            "LOGIN_ATTEMPTS",
            "3",
            "CHALLENGE_TTL",
            "5m",
            "TOKEN_TTL",
            "1h",
            "LOGIN_TTL",
            "90m",
            "ERASURE_GRACE",
            "7d"));

    private static Vertx vertx;
    private static MigratedDatabase migrated;
    private static SignatureWorkers workers;

    private final SecretKey key = SecretKey.random(RANDOM);
    private final TestClock clock = new TestClock();
    private Tokens tokens;
    private LoginService logins;

    @BeforeAll
    static void start(Vertx shared) {
        vertx = shared;
        migrated = MigratedDatabase.open(shared);
        workers = SignatureWorkers.start(shared, SETTINGS, Metrics.start());
    }

    @AfterAll
    static void stop() {
        TestServer.await(migrated.database().close());
    }

    @BeforeEach
    void make() {
        tokens = new Tokens(vertx, SETTINGS, KeyRing.parse("first:" + TestKeys.key(1)), workers, clock);
        logins = service();
    }

    /** The service of one event loop. */
    private LoginService service() {
        return new LoginService(
                SETTINGS,
                new Origins(List.of(FIRST, SECOND)),
                KeyRing.parse("first:" + TestKeys.key(2)),
                workers,
                migrated.database(),
                tokens,
                new TrustModel(TrustPolicy.defaults()),
                clock);
    }

    private Event sign(IssuedChallenge challenge) {
        return key.sign(
                challenge.issuedAt().getEpochSecond(),
                LoginPolicy.HTTP_AUTH,
                challenge.tags(),
                challenge.statement(),
                RANDOM);
    }

    private static Event forge(Event event) {
        return new Event(
                event.id(),
                event.pubkey(),
                event.createdAt(),
                event.kind(),
                event.tags(),
                event.content(),
                "0".repeat(128));
    }

    private Future<Granted> logIn(LoginService service, Event event) {
        return Future.succeededFuture()
                .compose(now -> service.prove(event, Purpose.LOGIN, () -> null))
                .compose(service::logIn);
    }

    private Granted logIn() {
        return TestServer.await(logIn(logins, sign(logins.challenge(Purpose.LOGIN, null))));
    }

    private static void assertRefused(ErrorCode code, Future<?> attempt) {
        assertThat(refusal(() -> TestServer.await(attempt)).code()).isEqualTo(code);
    }

    @Test
    void a_signed_challenge_is_exchanged_for_a_token() {
        Granted granted = logIn();

        Caller caller = TestServer.await(tokens.check(granted.token()));
        assertThat(caller.scope()).isEqualTo(Scope.USER);
        assertThat(caller.pubkey()).isEqualTo(key.publicKey()).isEqualTo(granted.pubkey());
        assertThat(granted.expiresAt())
                .isBetween(
                        clock.instant().plus(Duration.ofMinutes(50)),
                        clock.instant().plus(Duration.ofMinutes(60)));
    }

    @Test
    void a_challenge_is_for_the_origin_of_its_page_and_for_the_first_origin_by_default() {
        assertThat(logins.challenge(Purpose.LOGIN, SECOND).origin()).isEqualTo(SECOND);
        assertThat(logins.challenge(Purpose.LOGIN, null).origin()).isEqualTo(FIRST);
        assertThat(logins.challenge(Purpose.LOGIN, "https://evil.example").origin())
                .isEqualTo(FIRST);
    }

    @Test
    void a_challenge_writes_nothing() {
        long rows = rows();

        for (int i = 0; i < 1000; i++) {
            logins.challenge(Purpose.LOGIN, null);
        }

        assertThat(rows()).isEqualTo(rows);
    }

    private long rows() {
        return migrated.sql("SELECT (SELECT count(*) FROM logins) + (SELECT count(*) FROM nostr_identities)"
                + " + (SELECT count(*) FROM audit_log)");
    }

    @Test
    void a_used_challenge_is_refused_by_every_event_loop() {
        Event event = sign(logins.challenge(Purpose.LOGIN, null));
        TestServer.await(logIn(logins, event));

        assertRefused(ErrorCode.CHALLENGE_USED, logIn(logins, event));
        assertRefused(ErrorCode.CHALLENGE_USED, logIn(service(), event));
    }

    @Test
    void one_challenge_at_many_event_loops_makes_one_login(VertxTestContext test) {
        Event event = sign(logins.challenge(Purpose.LOGIN, null));

        List<Future<Granted>> all =
                IntStream.range(0, 20).mapToObj(i -> logIn(service(), event)).toList();

        Future.join(all)
                .onComplete(done -> test.verify(() -> {
                    assertThat(all.stream().filter(Future::succeeded)).hasSize(1);
                    test.completeNow();
                }));
    }

    @Test
    void a_challenge_expires() {
        Event event = sign(logins.challenge(Purpose.LOGIN, null));

        clock.advance(Duration.ofMinutes(5));

        assertRefused(ErrorCode.CHALLENGE_EXPIRED, logIn(logins, event));
    }

    @Test
    void a_challenge_withstands_three_wrong_signatures() {
        Event event = sign(logins.challenge(Purpose.LOGIN, null));
        Event other = sign(logins.challenge(Purpose.LOGIN, null));
        for (int i = 0; i < 3; i++) {
            assertRefused(ErrorCode.INVALID_SIGNATURE, logIn(logins, forge(event)));
        }

        assertRefused(ErrorCode.CHALLENGE_USED, logIn(logins, event));

        TestServer.await(logIn(logins, other));
    }

    @Test
    void a_challenge_of_one_purpose_is_unknown_to_another() {
        IssuedChallenge login = logins.challenge(Purpose.LOGIN, null);
        IssuedChallenge erasure =
                new IssuedChallenge(login.nonce(), login.origin(), Purpose.ERASE, login.issuedAt(), login.expiresAt());

        assertThat(refusal(() -> logins.prove(sign(erasure), Purpose.ERASE, () -> null))
                        .code())
                .isEqualTo(ErrorCode.CHALLENGE_UNKNOWN);
    }

    @Test
    void the_announced_key_has_to_sign() {
        Event event = sign(logins.challenge(Purpose.LOGIN, null));
        PublicKey announced = SecretKey.random(RANDOM).publicKey();

        assertThat(refusal(() -> logins.prove(event, Purpose.LOGIN, () -> announced))
                        .code())
                .isEqualTo(ErrorCode.PUBKEY_MISMATCH);
    }

    @Test
    void a_blocked_identity_gets_no_token() {
        logIn();
        migrated.sql("UPDATE nostr_identities SET blocked_at = now() WHERE pubkey = '"
                + key.publicKey().hex() + "'");

        assertRefused(ErrorCode.IDENTITY_BLOCKED, logIn(logins, sign(logins.challenge(Purpose.LOGIN, null))));
    }

    @Test
    void a_token_is_refreshed_up_to_the_end_of_its_login() {
        Granted first = logIn();
        Instant loginEnd = clock.instant().plus(Duration.ofMinutes(90));
        clock.advance(Duration.ofMinutes(61));

        Granted second = TestServer.await(tokens.checkIssued(first.token()).compose(logins::refresh));

        Caller caller = TestServer.await(tokens.check(second.token()));
        assertThat(caller.login())
                .isEqualTo(TestServer.await(tokens.checkIssued(first.token()))
                        .caller()
                        .login());
        assertThat(second.expiresAt()).isBetween(loginEnd.minusSeconds(60), loginEnd);
        clock.advance(Duration.ofMinutes(30));
        assertRefused(
                ErrorCode.TOKEN_REVOKED, tokens.checkIssued(second.token()).compose(logins::refresh));
    }

    @Test
    void an_erasure_is_due_after_its_grace_and_ends_the_logins() {
        Granted granted = logIn();
        Caller caller = TestServer.await(tokens.check(granted.token()));
        IssuedChallenge challenge = logins.challenge(Purpose.ERASE, null);

        Instant due = TestServer.await(
                logins.prove(sign(challenge), Purpose.ERASE, () -> null).compose(proof -> logins.erase(caller, proof)));

        assertThat(due)
                .isBetween(
                        clock.instant().plus(Duration.ofDays(7)).minusSeconds(600),
                        clock.instant().plus(Duration.ofDays(7)));
        assertRefused(
                ErrorCode.TOKEN_REVOKED, tokens.checkIssued(granted.token()).compose(logins::refresh));
    }

    @Test
    void the_self_check_accepts_a_sound_server() {
        logins.selfCheck();
    }
}
