package dev.nostrtrust.auth;

import dev.nostrtrust.config.Settings.TokenAlgorithm;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The strict look at a token that comes before its signature is checked: three parts of canonical base64url, exactly
 * our header, every claim there and of its type. The JWT library is lenient in all of these. Pure.
 *
 * @param keyId the key that is said to have signed it
 * @param caller whose it is, if the signature holds
 * @param generation how many times the token of its login had been replaced when it was issued
 * @param validFrom by the clock of the node that issued it
 */
public record TokenParser(String keyId, Caller caller, long generation, Instant validFrom) {
    /** How far the clocks of two nodes may be apart (RFC 7519, section 4.1.5). */
    static final Duration LEEWAY = Duration.ofMinutes(2);

    private static final Set<String> HEADER = Set.of("typ", "alg", "kid");
    private static final long MAX_TIME = 1L << 40;
    private static final long MAX_GENERATION = 1L << 53;

    /** The claim that counts the tokens of a login. */
    static final String GENERATION = "gen";

    /** What a token has to say to be one of ours. */
    record Expectation(TokenAlgorithm algorithm, String issuer, String audience) {}

    /**
     * Reads a token. Its times are judged once its signature holds.
     *
     * @throws ApiError {@code invalid_token}
     */
    static TokenParser read(String token, Expectation expected) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3 || token.length() > Authenticator.MAX_TOKEN || parts[2].isEmpty()) {
            throw invalid("It is not a signed JWT.");
        }
        if (!SignatureForm.isCanonical(expected.algorithm(), decode(parts[2]))) {
            throw invalid("Its signature is not in the form of its algorithm.");
        }
        Json.Obj header = object(parts[0]);
        Json.Obj claims = object(parts[1]);
        boolean ours = header.members().keySet().equals(HEADER)
                && "JWT".equals(text(header, "typ"))
                && expected.algorithm().name().equals(text(header, "alg"));
        if (!ours) {
            throw invalid("Its header is not one that is used here.");
        }
        boolean forUs = expected.issuer().equals(text(claims, "iss"))
                && expected.audience().equals(text(claims, "aud"))
                && !text(claims, "jti").isEmpty();
        if (!forUs) {
            throw invalid("It was not issued by and for this server.");
        }
        Caller caller = caller(claims);
        Instant validFrom = Instant.ofEpochSecond(Math.max(time(claims, "nbf"), time(claims, "iat")));
        return new TokenParser(text(header, "kid"), caller, generation(claims), validFrom);
    }

    private static Caller caller(Json.Obj claims) {
        Optional<Scope> scope = Scope.ofToken(text(claims, "token_use"));
        String subject = text(claims, "sub");
        UUID login = uuid(claims.get("sid"));
        boolean user = scope.isPresent() && scope.get() == Scope.USER;
        if (scope.isEmpty() || subject.isEmpty() || user == (login == null)) {
            throw invalid("Its claims are not complete.");
        }
        Instant expiresAt = Instant.ofEpochSecond(time(claims, "exp"));
        Caller caller = new Caller(scope.get(), subject, login, expiresAt);
        try {
            caller.pubkey();
        } catch (ApiError notAKey) {
            throw invalid("Its subject is not a public key.");
        }
        return caller;
    }

    /** Tokens of releases before refreshing was counted have none. */
    private static long generation(Json.Obj claims) {
        Json generation = claims.get(GENERATION);
        Long number = generation == null
                ? Long.valueOf(0)
                : generation instanceof Json.Num claim ? claim.integer(0, MAX_GENERATION) : null;
        if (number == null) {
            throw invalid("Its \"" + GENERATION + "\" is not a number.");
        }
        return number;
    }

    private static long time(Json.Obj claims, String name) {
        Long seconds = claims.get(name) instanceof Json.Num number ? number.integer(0, MAX_TIME) : null;
        if (seconds == null) {
            throw invalid("It has no time \"" + name + "\".");
        }
        return seconds;
    }

    private static String text(Json.Obj object, String name) {
        return object.get(name) instanceof Json.Str string ? string.value() : "";
    }

    private static @Nullable UUID uuid(@Nullable Json json) {
        try {
            return json instanceof Json.Str string ? UUID.fromString(string.value()) : null;
        } catch (IllegalArgumentException notAUuid) {
            return null;
        }
    }

    private static Json.Obj object(String part) {
        try {
            if (Json.parse(decode(part)) instanceof Json.Obj object) {
                return object;
            }
        } catch (ApiError notJson) {
            // Said below.
        }
        throw invalid("It does not hold JSON objects.");
    }

    /**
     * The bytes of a part in the one canonical form: of 43 characters the last one has bits to spare, which must be
     * zero.
     */
    private static byte[] decode(String part) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(part);
            if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
                return bytes;
            }
        } catch (IllegalArgumentException notBase64) {
            // Said below.
        }
        throw invalid("It is not base64url without padding.");
    }

    private static ApiError invalid(String why) {
        return ApiError.of(ErrorCode.INVALID_TOKEN, "The token is not accepted. " + why);
    }
}
