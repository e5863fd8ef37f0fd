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
 * A token as parsed before the check of its signature. The parser is strict, unlike the JWT library: three parts in
 * canonical base64url, exactly the expected header, every claim present and of its type. Pure.
 *
 * @param keyId the id of the signing key
 * @param caller the caller, valid only with a valid signature
 * @param generation the number of earlier tokens of the login
 * @param validFrom the start of validity, by the clock of the issuing node
 */
public record TokenParser(String keyId, Caller caller, long generation, Instant validFrom) {
    /** The maximum difference between the clocks of two nodes (RFC 7519, section 4.1.5). */
    static final Duration LEEWAY = Duration.ofMinutes(2);

    private static final Set<String> HEADER = Set.of("typ", "alg", "kid");
    private static final long MAX_TIME = 1L << 40;
    private static final long MAX_GENERATION = 1L << 53;

    /** The claim with the generation of a token. */
    static final String GENERATION = "gen";

    /** The expected algorithm, issuer and audience of a token. */
    record Expectation(TokenAlgorithm algorithm, String issuer, String audience) {}

    /**
     * Parses a token. Does not check its times and its signature.
     *
     * @throws ApiError {@code invalid_token}
     */
    static TokenParser parse(String token, Expectation expected) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3 || token.length() > Authenticator.MAX_TOKEN || parts[2].isEmpty()) {
            throw invalid("It is not a signed JWT.");
        }
        if (!CanonicalSignature.isCanonical(expected.algorithm(), decode(parts[2]))) {
            throw invalid("Its signature is not in the form of its algorithm.");
        }
        Json.Obj header = object(parts[0]);
        Json.Obj claims = object(parts[1]);
        boolean headerExpected = header.members().keySet().equals(HEADER)
                && "JWT".equals(text(header, "typ"))
                && expected.algorithm().name().equals(text(header, "alg"));
        if (!headerExpected) {
            throw invalid("Its header is not the header of this server's tokens.");
        }
        boolean issuedForServer = expected.issuer().equals(text(claims, "iss"))
                && expected.audience().equals(text(claims, "aud"))
                && !text(claims, "jti").isEmpty();
        if (!issuedForServer) {
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
        UUID id = user ? login : uuid(claims.get("jti"));
        if (scope.isEmpty() || subject.isEmpty() || user == (login == null) || id == null) {
            throw invalid("Its claims are not complete.");
        }
        Instant expiresAt = Instant.ofEpochSecond(time(claims, "exp"));
        Caller caller = new Caller(scope.get(), subject, id, expiresAt);
        try {
            caller.pubkey();
        } catch (ApiError notAKey) {
            throw invalid("Its subject is not a public key.");
        }
        return caller;
    }

    /** The generation; 0 for tokens of releases without this claim. */
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
            // Reported below.
        }
        throw invalid("It does not hold JSON objects.");
    }

    /** Decodes a part in canonical base64url. The unused bits of the last character must be zero. */
    private static byte[] decode(String part) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(part);
            if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
                return bytes;
            }
        } catch (IllegalArgumentException notBase64) {
            // Reported below.
        }
        throw invalid("It is not base64url without padding.");
    }

    private static ApiError invalid(String reason) {
        return ApiError.of(ErrorCode.INVALID_TOKEN, "The token is not accepted. " + reason);
    }
}
