package dev.nostrtrust.auth;

import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.Settings.TokenAlgorithm;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.util.BigIntegers;
import org.jspecify.annotations.Nullable;

/**
 * The keys that sign tokens. Each key has its own JWT provider, because a provider with two keys of one algorithm signs
 * with a random one.
 */
final class SigningKeys {
    private static final int COORDINATE_LENGTH = 32;

    private final TokenAlgorithm algorithm;
    private final String signingKeyId;
    private final Map<String, JWTAuth> providers = new LinkedHashMap<>();
    private final List<Json.Obj> published = new ArrayList<>();

    SigningKeys(Vertx vertx, TokenAlgorithm algorithm, KeyRing keys) {
        this.algorithm = algorithm;
        this.signingKeyId = keys.first().id();
        for (KeyRing.Key key : keys.all()) {
            JsonObject jwk =
                    switch (algorithm) {
                        case HS256 -> symmetric(key);
                        case ES256 -> elliptic(key);
                    };
            JWTAuthOptions options =
                    new JWTAuthOptions().addJwk(jwk).setJWTOptions(new JWTOptions().setIgnoreExpiration(true));
            providers.put(key.id(), JWTAuth.create(vertx, options));
        }
    }

    /** The provider of a key; null for an unknown key. */
    @Nullable
    JWTAuth provider(String keyId) {
        return providers.get(keyId);
    }

    /** Signs claims with the first key. Takes microseconds with HS256, almost a millisecond with ES256. */
    String sign(JsonObject claims) {
        JWTAuth provider = providers.get(signingKeyId);
        if (provider == null) {
            throw new IllegalStateException("missing signing key");
        }
        JWTOptions options = new JWTOptions()
                .setAlgorithm(algorithm.name())
                .setNoTimestamp(true)
                .setHeader(new JsonObject().put("kid", signingKeyId));
        String token = provider.generateToken(claims, options);
        return switch (algorithm) {
            case HS256 -> token;
            case ES256 -> CanonicalSignature.canonical(token);
        };
    }

    /** Checks a token with the library only. Succeeds if any key accepts it. */
    Future<User> verify(String token) {
        List<Future<User>> results = providers.values().stream()
                .map(provider -> provider.authenticate(new TokenCredentials(token)))
                .toList();
        return Future.any(results).map(any -> results.stream()
                .filter(Future::succeeded)
                .findFirst()
                .orElseThrow()
                .result());
    }

    /** The public keys as a JWK set (RFC 7517); empty for shared secrets. */
    Json.Obj jwks() {
        return Json.object().put("keys", Json.array(published)).build();
    }

    /** Generates a P-256 key for ES256 as PKCS#8 in base64. */
    static String generateElliptic() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return Base64.getEncoder()
                    .encodeToString(generator.generateKeyPair().getPrivate().getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }

    private static JsonObject symmetric(KeyRing.Key key) {
        return new JsonObject()
                .put("kty", "oct")
                .put("alg", "HS256")
                .put("kid", key.id())
                .put("k", encode(key.bytes()));
    }

    private JsonObject elliptic(KeyRing.Key key) {
        BigInteger scalar = key.p256Scalar();
        ECPoint point =
                CustomNamedCurves.getByName("secp256r1").getG().multiply(scalar).normalize();
        String x = encode(point.getAffineXCoord().getEncoded());
        String y = encode(point.getAffineYCoord().getEncoded());
        published.add(Json.object()
                .put("kty", "EC")
                .put("crv", "P-256")
                .put("alg", "ES256")
                .put("use", "sig")
                .put("kid", key.id())
                .put("x", x)
                .put("y", y)
                .build());
        return new JsonObject()
                .put("kty", "EC")
                .put("crv", "P-256")
                .put("alg", "ES256")
                .put("kid", key.id())
                .put("x", x)
                .put("y", y)
                .put("d", encode(BigIntegers.asUnsignedByteArray(COORDINATE_LENGTH, scalar)));
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
