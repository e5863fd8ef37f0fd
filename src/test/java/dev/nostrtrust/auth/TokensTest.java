package dev.nostrtrust.auth;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.Settings.TokenAlgorithm;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.TestKeys;
import dev.nostrtrust.fixture.TestTokens;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens of both algorithms, without a server. */
@ExtendWith(VertxExtension.class)
class TokensTest {
    private static final Instant START = Instant.parse("2025-01-01T00:00:00.500Z");
    private static final Instant END = Instant.parse("2025-01-01T01:00:00Z");
    private static final String USER = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e";
    private static final UUID LOGIN = UUID.fromString("01941f29-7c00-7000-8000-000000000001");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final PublicKey KEY = new PublicKey(USER);
    private static final Caller CALLER = new Caller(Scope.USER, USER, LOGIN, END);
    private static final String FIRST = "first:" + TestKeys.key(1);
    private static final String SECOND = "second:" + TestKeys.key(2);

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private Vertx vertx;
    private SignatureWorkers workers;

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        workers = SignatureWorkers.start(vertx, settings(TokenAlgorithm.HS256), Metrics.start());
    }

    private static Settings settings(TokenAlgorithm algorithm) {
        return SettingsReader.of(Map.of("TOKEN_ALGORITHM", algorithm.name(), "SIGNATURE_IN_FLIGHT", "1"))
                .settings();
    }

    private Tokens tokens(TokenAlgorithm algorithm, String keys) {
        return new Tokens(vertx, settings(algorithm), KeyRing.parse(keys), workers, now::get);
    }

    /** Tokens with a random key. */
    private Tokens tokens(TokenAlgorithm algorithm) {
        byte[] secret = new byte[32];
        RANDOM.nextBytes(secret);
        String key =
                switch (algorithm) {
                    case HS256 -> Base64.getEncoder().encodeToString(secret);
                    case ES256 -> Tokens.generateElliptic();
                };
        return tokens(algorithm, "first:" + key);
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within 60 seconds", e);
        }
    }

    private static String issue(Tokens tokens) {
        return await(tokens.issue(KEY, LOGIN, 0, END));
    }

    private static void refused(ErrorCode kind, Future<?> attempt) {
        assertThat(refusal(() -> await(attempt)).code()).isEqualTo(kind);
    }

    private static JsonObject part(String token, int index) {
        byte[] json = Base64.getUrlDecoder().decode(token.split("\\.", -1)[index]);
        return new JsonObject(Buffer.buffer(json));
    }

    private static String altered(String token) {
        int at = token.length() - 10;
        return token.substring(0, at) + (token.charAt(at) == 'A' ? 'B' : 'A') + token.substring(at + 1);
    }

    /** Runs an action while all signature workers are busy. */
    private void whileTheWorkersAreBusy(Runnable action) {
        CountDownLatch release = new CountDownLatch(1);
        Future<Boolean> work = workers.run(() -> release.await(60, TimeUnit.SECONDS));
        try {
            action.run();
        } finally {
            release.countDown();
        }
        assertThat(await(work)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void a_users_token_is_accepted_as_what_it_was_issued_for(TokenAlgorithm algorithm) {
        Tokens tokens = tokens(algorithm);

        String token = issue(tokens);

        assertThat(await(tokens.check(token))).isEqualTo(CALLER);
        assertThat(part(token, 0).getMap()).isEqualTo(Map.of("typ", "JWT", "alg", algorithm.name(), "kid", "first"));
        JsonObject claims = part(token, 1);
        assertThat(UUID.fromString(claims.getString("jti")).version()).isEqualTo(7);
        claims.remove("jti");
        assertThat(claims.getMap())
                .isEqualTo(Map.of(
                        "iss",
                        settings(algorithm).tokenIssuer(),
                        "aud",
                        settings(algorithm).tokenAudience(),
                        "sub",
                        USER,
                        "sid",
                        LOGIN.toString(),
                        "iat",
                        (int) START.getEpochSecond(),
                        "nbf",
                        (int) START.getEpochSecond(),
                        "exp",
                        (int) END.getEpochSecond(),
                        "token_use",
                        "user",
                        "gen",
                        0));
    }

    @Test
    void a_workers_token_has_its_credential_and_no_login() {
        Tokens tokens = tokens(TokenAlgorithm.HS256);

        UUID id = UUID.randomUUID();

        String token = await(tokens.issue(Scope.WORKER, "printer", id, END));

        assertThat(await(tokens.check(token))).isEqualTo(new Caller(Scope.WORKER, "printer", id, END));
        assertThat(part(token, 1).containsKey("sid")).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void a_token_is_valid_until_its_expiry_cached_or_not(TokenAlgorithm algorithm) {
        Tokens tokens = tokens(algorithm);
        String seen = issue(tokens);
        String fresh = issue(tokens);
        now.set(END.minusMillis(1));
        assertThat(await(tokens.check(seen))).isEqualTo(CALLER);

        now.set(END);

        refused(ErrorCode.TOKEN_EXPIRED, tokens.check(seen));
        refused(ErrorCode.TOKEN_EXPIRED, tokens.check(fresh));
    }

    @ParameterizedTest
    @EnumSource
    void only_a_token_of_this_server_is_reported_as_expired(TokenAlgorithm algorithm) {
        Tokens tokens = tokens(algorithm);
        String token = issue(tokens);

        now.set(END);

        refused(ErrorCode.INVALID_TOKEN, tokens.check(altered(token)));
    }

    @ParameterizedTest
    @EnumSource
    void a_token_with_another_signature_is_refused(TokenAlgorithm algorithm) {
        Tokens tokens = tokens(algorithm);
        String token = issue(tokens);
        String ofAnotherServer = issue(tokens(algorithm));

        assertThat(await(tokens.check(token))).isEqualTo(CALLER);
        refused(ErrorCode.INVALID_TOKEN, tokens.check(altered(token)));
        refused(ErrorCode.INVALID_TOKEN, tokens.check(ofAnotherServer));
        refused(ErrorCode.INVALID_TOKEN, tokens.check("not a token"));
    }

    @ParameterizedTest
    @EnumSource
    void an_expired_token_names_its_caller_cached_or_not(TokenAlgorithm algorithm) {
        Tokens tokens = tokens(algorithm);
        String seen = issue(tokens);
        String fresh = await(tokens.issue(KEY, LOGIN, 3, END));
        await(tokens.check(seen));

        now.set(END.plusSeconds(1_000_000));

        assertThat(await(tokens.checkIssued(seen)).caller()).isEqualTo(CALLER);
        assertThat(await(tokens.checkIssued(fresh)).generation()).isEqualTo(3);
        refused(ErrorCode.INVALID_TOKEN, tokens.checkIssued(altered(fresh)));
    }

    @ParameterizedTest
    @EnumSource
    void a_clock_may_be_two_minutes_behind_the_one_that_issued_a_token(TokenAlgorithm algorithm) {
        Tokens tokens = tokens(algorithm);
        String seen = issue(tokens);
        String fresh = issue(tokens);
        await(tokens.check(seen));

        for (int behind : new int[] {11, 15, 30, 120}) {
            now.set(START.minusMillis(500).minusSeconds(behind));
            assertThat(await(tokens.check(seen))).isEqualTo(CALLER);
        }
        now.set(START.minusMillis(501).minusSeconds(120));

        refused(ErrorCode.TOKEN_NOT_YET_VALID, tokens.check(seen));
        refused(ErrorCode.TOKEN_NOT_YET_VALID, tokens.check(fresh));
        refused(ErrorCode.TOKEN_NOT_YET_VALID, tokens.checkIssued(fresh));
        refused(ErrorCode.INVALID_TOKEN, tokens.check(altered(fresh)));
        ApiError error = refusal(() -> await(tokens.check(seen)));
        assertThat(error.hints()).containsEntry("valid_from", START.minusMillis(500));
    }

    @ParameterizedTest
    @EnumSource
    void a_token_has_one_spelling(TokenAlgorithm algorithm) {
        Tokens tokens = tokens(algorithm);

        // Half of all signatures are made with the larger s, and some have an r or s that begins with zeros.
        for (int i = 0; i < 50; i++) {
            String token = issue(tokens);
            List<String> accepted = TokenSpellings.of(token).stream()
                    .filter(spelling ->
                            tokens.check(spelling).map(true).otherwise(false).await())
                    .toList();
            assertThat(accepted).containsExactly(token);
        }
    }

    @Test
    void the_first_key_signs_and_every_key_checks_what_it_signed() {
        Tokens before = tokens(TokenAlgorithm.HS256, FIRST);
        Tokens overlap = tokens(TokenAlgorithm.HS256, SECOND + "," + FIRST);
        Tokens after = tokens(TokenAlgorithm.HS256, SECOND);
        String old = issue(before);
        String young = issue(overlap);

        assertThat(await(overlap.check(old))).isEqualTo(CALLER);
        assertThat(await(overlap.check(young))).isEqualTo(CALLER);
        assertThat(await(after.check(young))).isEqualTo(CALLER);
        refused(ErrorCode.INVALID_TOKEN, after.check(old));
        refused(ErrorCode.INVALID_TOKEN, before.check(young));
        refused(ErrorCode.INVALID_TOKEN, overlap.check(TestTokens.of(old).signedWith(TestKeys.key(2))));
    }

    @Test
    void hs256_needs_no_worker() {
        Tokens tokens = tokens(TokenAlgorithm.HS256);

        whileTheWorkersAreBusy(() -> {
            Future<String> token = tokens.issue(KEY, LOGIN, 0, END);
            assertThat(token.succeeded()).isTrue();
            assertThat(await(tokens.check(token.result()))).isEqualTo(CALLER);
        });
    }

    @Test
    void es256_needs_a_worker_unless_the_token_is_cached() {
        Tokens tokens = tokens(TokenAlgorithm.ES256);
        String known = issue(tokens);
        String unknown = issue(tokens);
        assertThat(await(tokens.check(known))).isEqualTo(CALLER);

        whileTheWorkersAreBusy(() -> {
            assertThat(await(tokens.check(known))).isEqualTo(CALLER);
            refused(ErrorCode.OVERLOADED, tokens.check(unknown));
            refused(ErrorCode.OVERLOADED, tokens.issue(KEY, LOGIN, 0, END));
        });
    }

    @Test
    void shared_secrets_are_not_published_and_elliptic_keys_are_published_without_the_private_key() {
        Tokens tokens = tokens(TokenAlgorithm.ES256);

        JsonObject published = new JsonObject(tokens.jwks().encode());

        assertThat(tokens(TokenAlgorithm.HS256).jwks().encode()).isEqualTo("{\"keys\":[]}");
        assertThat(published.getJsonArray("keys").getJsonObject(0).fieldNames())
                .containsExactlyInAnyOrder("kty", "crv", "alg", "use", "kid", "x", "y");
    }
}
