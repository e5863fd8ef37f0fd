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
import dev.nostrtrust.nostr.PublicKey;
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
import java.util.function.UnaryOperator;

/**
 * Issues and checks tokens (JWT, RFC 7519), with a cache of verified tokens by their text. Does not know what was
 * revoked: {@link Credentials} and the statements of users check that. HS256 runs on the caller's thread and takes
 * microseconds. ES256 runs on the signature workers. Any thread.
 */
public final class Tokens {
    private final TokenParser.Expectation expected;
    private final boolean offLoop;
    private final SigningKeys keys;
    private final SignatureWorkers workers;
    private final InstantSource clock;
    private final Cache<String, TokenParser> verified;

    /** Creates the tokens. Reads the keys, which blocks. */
    public Tokens(Vertx vertx, Settings settings, KeyRing keys, SignatureWorkers workers, InstantSource clock) {
        this.expected = new TokenParser.Expectation(
                settings.tokenAlgorithm(), settings.tokenIssuer(), settings.tokenAudience());
        this.offLoop = settings.tokenAlgorithm() == TokenAlgorithm.ES256;
        this.keys = new SigningKeys(vertx, settings.tokenAlgorithm(), keys);
        this.workers = workers;
        this.clock = clock;
        this.verified = Caffeine.newBuilder().maximumSize(settings.tokenCache()).build();
    }

    /** Generates a random P-256 key for ES256 as PKCS#8 in base64. */
    public static String generateElliptic() {
        return SigningKeys.generateElliptic();
    }

    /**
     * Issues a token of a login.
     *
     * @param generation the number of earlier tokens of the login
     */
    public Future<String> issue(PublicKey user, UUID login, long generation, Instant expiresAt) {
        UUID id = UuidV7.next(clock.instant());
        return issue(Scope.USER, user.hex(), id, expiresAt, claims -> claims.put("sid", login.toString())
                .put(TokenParser.GENERATION, generation));
    }

    /**
     * Issues the token of a credential.
     *
     * @param id of the credential
     */
    Future<String> issue(Scope scope, String name, UUID id, Instant expiresAt) {
        return issue(scope, name, id, expiresAt, UnaryOperator.identity());
    }

    private Future<String> issue(
            Scope scope, String subject, UUID id, Instant expiresAt, UnaryOperator<JsonObject> more) {
        long now = clock.instant().getEpochSecond();
        JsonObject claims = more.apply(new JsonObject()
                .put("iss", expected.issuer())
                .put("aud", expected.audience())
                .put("sub", subject)
                .put("jti", id.toString())
                .put("iat", now)
                .put("nbf", now)
                .put("exp", expiresAt.getEpochSecond())
                .put("token_use", scope.code()));
        return offLoop ? workers.run(() -> keys.sign(claims)) : Future.succeededFuture(keys.sign(claims));
    }

    /**
     * Checks a token and returns its caller. Does not check whether the login is revoked.
     *
     * @return fails with {@code invalid_token}, {@code token_not_yet_valid} or {@code token_expired}
     */
    public Future<Caller> check(String token) {
        return checkIssued(token).map(this::requireNotExpired);
    }

    /**
     * Checks a token except its expiry.
     *
     * @return fails with {@code invalid_token} or {@code token_not_yet_valid}
     */
    public Future<TokenParser> checkIssued(String token) {
        try {
            TokenParser cached = verified.getIfPresent(token);
            return cached == null
                    ? checkSignature(token, TokenParser.parse(token, expected)).map(this::requireValidFrom)
                    : Future.succeededFuture(requireValidFrom(cached));
        } catch (ApiError refused) {
            return Future.failedFuture(refused);
        }
    }

    /**
     * Checks a token on this thread, within microseconds. Empty for an invalid token, and with ES256 for one not
     * cached.
     */
    public Optional<Caller> checkNow(String token) {
        if (offLoop && verified.getIfPresent(token) == null) {
            return Optional.empty();
        }
        Future<Caller> caller = check(token);
        return caller.succeeded() ? Optional.of(caller.result()) : Optional.empty();
    }

    /** The public keys for services that verify tokens. */
    public Json.Obj jwks() {
        return keys.jwks();
    }

    /**
     * Checks that an unsigned token is refused, by the parser and by the library.
     *
     * @return fails if either accepts it; the server must not start then
     */
    public Future<Void> checkForgeryRefused() {
        long exp = clock.instant().plusSeconds(60).getEpochSecond();
        String forged = encode("{\"alg\":\"none\",\"typ\":\"JWT\"}") + "."
                + encode("{\"sub\":\"forged\",\"token_use\":\"operator\",\"exp\":" + exp + "}") + ".";
        return Future.join(accepted(check(forged)), accepted(keys.verify(forged)))
                .compose(both -> (boolean) both.resultAt(0) || (boolean) both.resultAt(1)
                        ? Future.failedFuture(new IllegalStateException("An unsigned token was accepted."))
                        : Future.succeededFuture());
    }

    private TokenParser requireValidFrom(TokenParser token) {
        if (token.validFrom().isAfter(clock.instant().plus(TokenParser.LEEWAY))) {
            throw ApiError.of(
                            ErrorCode.TOKEN_NOT_YET_VALID,
                            "The token is not valid yet by the clock of this server, because the clocks of the servers"
                                    + " differ. Send the request again later; the login stays valid.")
                    .with("valid_from", token.validFrom());
        }
        return token;
    }

    private Caller requireNotExpired(TokenParser token) {
        Caller caller = token.caller();
        Instant expiresAt = caller.expiresAt();
        if (expiresAt == null || !expiresAt.isAfter(clock.instant())) {
            throw ApiError.of(ErrorCode.TOKEN_EXPIRED, "The token has expired. Refresh it, or log in again.")
                    .with("expired_at", String.valueOf(expiresAt));
        }
        return caller;
    }

    private Future<TokenParser> checkSignature(String token, TokenParser parsed) {
        JWTAuth provider = keys.provider(parsed.keyId());
        if (provider == null) {
            return Future.failedFuture(refused());
        }
        TokenCredentials credentials = new TokenCredentials(token);
        if (!offLoop) {
            return requireSigned(
                    token, parsed, provider.authenticate(credentials).succeeded());
        }
        return workers.run(() -> provider.authenticate(credentials).succeeded())
                .compose(valid -> requireSigned(token, parsed, valid));
    }

    private Future<TokenParser> requireSigned(String token, TokenParser parsed, boolean valid) {
        if (!valid) {
            return Future.failedFuture(refused());
        }
        verified.put(token, parsed);
        return Future.succeededFuture(parsed);
    }

    private static ApiError refused() {
        return ApiError.of(
                ErrorCode.INVALID_TOKEN, "The token is not accepted. Its signature is not from this server.");
    }

    private static Future<Boolean> accepted(Future<?> check) {
        return check.map(true).otherwise(false);
    }

    private static String encode(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }
}
