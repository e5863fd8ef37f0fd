package dev.nostrtrust.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.Settings.TokenAlgorithm;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Issues and checks tokens (JWT, RFC 7519). With HS256 on the caller's thread, for microseconds; with ES256 on the
 * signature workers, and a bounded number of verified tokens is remembered. Any thread.
 */
public final class Tokens {
    private final TokenParser.Expectation expected;
    private final boolean offLoop;
    private final SigningKeys keys;
    private final SignatureWorkers workers;
    private final InstantSource clock;
    private final Cache<String, TokenParser> verified;

    /** Keys are read here: not for an event loop. */
    public Tokens(Vertx vertx, Settings settings, KeyRing keys, SignatureWorkers workers, InstantSource clock) {
        this.expected = new TokenParser.Expectation(
                settings.tokenAlgorithm(), settings.tokenIssuer(), settings.tokenAudience());
        this.offLoop = settings.tokenAlgorithm() == TokenAlgorithm.ES256;
        this.keys = new SigningKeys(vertx, settings.tokenAlgorithm(), keys);
        this.workers = workers;
        this.clock = clock;
        this.verified = Caffeine.newBuilder().maximumSize(settings.tokenCache()).build();
    }

    /** A key for the algorithm, made at random: base64. */
    public static String generateElliptic() {
        return SigningKeys.generateElliptic();
    }

    /**
     * A token.
     *
     * @param subject the public key of a user, the name of anything else
     * @param login the login that a user's token belongs to; null for all others
     */
    public Future<String> issue(Scope scope, String subject, @Nullable UUID login, Instant expiresAt) {
        return issue(scope, subject, login, 0, expiresAt);
    }

    /** The same with how many times the login's token was replaced. */
    public Future<String> issue(Scope scope, String subject, @Nullable UUID login, long generation, Instant expiresAt) {
        Instant now = clock.instant();
        JsonObject claims = new JsonObject()
                .put("iss", expected.issuer())
                .put("aud", expected.audience())
                .put("sub", subject)
                .put("jti", UuidV7.next(now).toString())
                .put("iat", now.getEpochSecond())
                .put("nbf", now.getEpochSecond())
                .put("exp", expiresAt.getEpochSecond())
                .put("token_use", scope.code());
        if (login != null) {
            claims.put("sid", login.toString()).put(TokenParser.GENERATION, generation);
        }
        return offLoop ? workers.run(() -> keys.sign(claims)) : Future.succeededFuture(keys.sign(claims));
    }

    /**
     * Whose token this is. That a login is not revoked is for the caller's statement to check.
     *
     * @return fails with {@code invalid_token}, {@code token_not_yet_valid} or {@code token_expired}
     */
    public Future<Caller> check(String token) {
        return checkIssued(token).map(this::notExpired);
    }

    /**
     * What this token says, whether it has expired or not.
     *
     * @return fails with {@code invalid_token} or {@code token_not_yet_valid}
     */
    public Future<TokenParser> checkIssued(String token) {
        try {
            TokenParser text = TokenParser.read(token, expected);
            TokenParser known = verified.getIfPresent(token);
            Future<TokenParser> signed = known == null ? checkSignature(token, text) : Future.succeededFuture(known);
            return signed.map(this::begun);
        } catch (ApiError refused) {
            return Future.failedFuture(refused);
        }
    }

    /** Whose token this is, if that takes microseconds to tell: with ES256 only of a token that is remembered. */
    public Optional<Caller> checkQuickly(String token) {
        if (offLoop && verified.getIfPresent(token) == null) {
            return Optional.empty();
        }
        Future<Caller> caller = check(token);
        return caller.succeeded() ? Optional.of(caller.result()) : Optional.empty();
    }

    /** The public keys for those who verify tokens themselves. */
    public Json.Obj jwks() {
        return keys.jwks();
    }

    /**
     * Forges an unsigned token and lets it be checked, by the strict look and by the library behind it.
     *
     * @return fails if either accepts it: the server must not start then
     */
    public Future<Void> refuseForgery() {
        long exp = clock.instant().plusSeconds(60).getEpochSecond();
        String forged = encode("{\"alg\":\"none\",\"typ\":\"JWT\"}") + "."
                + encode("{\"sub\":\"forged\",\"token_use\":\"operator\",\"exp\":" + exp + "}") + ".";
        return Future.join(accepted(check(forged)), accepted(keys.verify(forged)))
                .compose(both -> (boolean) both.resultAt(0) || (boolean) both.resultAt(1)
                        ? Future.failedFuture(new IllegalStateException("An unsigned token was accepted."))
                        : Future.succeededFuture());
    }

    private TokenParser begun(TokenParser token) {
        if (token.validFrom().isAfter(clock.instant().plus(TokenParser.LEEWAY))) {
            throw ApiError.of(
                            ErrorCode.TOKEN_NOT_YET_VALID,
                            "The token was issued at a time that is still to come by this server's clock. The clocks of"
                                    + " the servers are too far apart; the login goes on.")
                    .with("valid_from", token.validFrom());
        }
        return token;
    }

    private Caller notExpired(TokenParser token) {
        Caller caller = token.caller();
        Instant expiresAt = caller.expiresAt();
        if (expiresAt == null || !expiresAt.isAfter(clock.instant())) {
            throw ApiError.of(ErrorCode.TOKEN_EXPIRED, "The token has expired. Refresh it, or log in again.")
                    .with("expired_at", String.valueOf(expiresAt));
        }
        return caller;
    }

    private Future<TokenParser> checkSignature(String token, TokenParser text) {
        JWTAuth provider = keys.provider(text.keyId());
        if (provider == null) {
            return Future.failedFuture(refused());
        }
        TokenCredentials credentials = new TokenCredentials(token);
        if (!offLoop) {
            return provider.authenticate(credentials).map(text).recover(Tokens::refuse);
        }
        return workers.run(() -> provider.authenticate(credentials).succeeded()).compose(holds -> {
            if (!holds) {
                return Future.failedFuture(refused());
            }
            verified.put(token, text);
            return Future.succeededFuture(text);
        });
    }

    private static Future<TokenParser> refuse(Throwable refusedByTheLibrary) {
        return Future.failedFuture(refused());
    }

    private static ApiError refused() {
        return ApiError.of(
                ErrorCode.INVALID_TOKEN, "The token is not accepted. Its signature is not one of this server's.");
    }

    private static Future<Boolean> accepted(Future<?> check) {
        return check.map(true).otherwise(false);
    }

    private static String encode(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }
}
