package dev.nostrtrust.login;

import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.login.Challenge.Purpose;
import dev.nostrtrust.nostr.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encodes challenges as self-describing nonces, so that issuing one stores nothing: version, purpose, key, time of
 * issue, lifetime, sixteen random bytes, and an HMAC-SHA-256 over all of them and the origin, in base64url. Every node
 * with the keys can verify a nonce. Pure; any thread.
 */
final class ChallengeCodec {
    private static final byte VERSION = 1;
    private static final int KEY_ID_LENGTH = 4;
    static final int RANDOM_LENGTH = 16;
    private static final int BODY_LENGTH = 1 + 1 + KEY_ID_LENGTH + Long.BYTES + Integer.BYTES + RANDOM_LENGTH;
    private static final int MAC_LENGTH = 32;

    private final List<Keyed> keys;

    /**
     * A key, and its short id in a nonce.
     *
     * @param mac has the key; it is copied for each use, which is faster than a new one
     */
    private record Keyed(String shortId, Mac mac) {
        static Keyed of(KeyRing.Key key) {
            byte[] shortId = Arrays.copyOf(Sha256.of(key.id()), KEY_ID_LENGTH);
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(key.bytes(), "HmacSHA256"));
                return new Keyed(encode(shortId), (Mac) mac.clone());
            } catch (GeneralSecurityException | CloneNotSupportedException e) {
                throw new IllegalStateException("This JDK has no HmacSHA256 that can be copied: " + e.getMessage(), e);
            }
        }

        byte[] mac(byte[] body, String origin) {
            try {
                Mac copy = (Mac) mac.clone();
                copy.update(body);
                return copy.doFinal(origin.getBytes(StandardCharsets.UTF_8));
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException("it was copied before", e);
            }
        }
    }

    ChallengeCodec(KeyRing keys) {
        this.keys = keys.all().stream().map(Keyed::of).toList();
    }

    /**
     * Encodes a new nonce.
     *
     * @param random {@value #RANDOM_LENGTH} bytes of a CSPRNG
     */
    String issue(Purpose purpose, String origin, Instant now, Duration ttl, byte[] random) {
        Keyed signing = keys.get(0);
        byte[] body = ByteBuffer.allocate(BODY_LENGTH)
                .put(VERSION)
                .put(purpose.number())
                .put(Base64.getUrlDecoder().decode(signing.shortId()))
                .putLong(now.toEpochMilli())
                .putInt((int) ttl.toSeconds())
                .put(random, 0, RANDOM_LENGTH)
                .array();
        ByteBuffer nonce = ByteBuffer.allocate(BODY_LENGTH + MAC_LENGTH);
        return encode(nonce.put(body).put(signing.mac(body, origin)).array());
    }

    /**
     * Verifies and decodes a nonce that was issued for this purpose and one of these origins.
     *
     * @throws ApiError {@code challenge_unknown} for any other text
     */
    Challenge open(String nonce, Purpose purpose, List<String> origins) {
        byte[] bytes = decode(nonce);
        if (bytes.length != BODY_LENGTH + MAC_LENGTH || bytes[0] != VERSION || bytes[1] != purpose.number()) {
            throw unknown();
        }
        byte[] body = Arrays.copyOf(bytes, BODY_LENGTH);
        String shortId = encode(Arrays.copyOfRange(body, 2, 2 + KEY_ID_LENGTH));
        byte[] mac = Arrays.copyOfRange(bytes, BODY_LENGTH, bytes.length);
        String origin = keys.stream()
                .filter(key -> key.shortId().equals(shortId))
                .flatMap(key -> origins.stream().filter(each -> MessageDigest.isEqual(key.mac(body, each), mac)))
                .findFirst()
                .orElseThrow(ChallengeCodec::unknown);
        ByteBuffer fields = ByteBuffer.wrap(body, 2 + KEY_ID_LENGTH, BODY_LENGTH - 2 - KEY_ID_LENGTH);
        Instant issuedAt = Instant.ofEpochMilli(fields.getLong());
        Instant expiresAt = issuedAt.plusSeconds(fields.getInt());
        byte[] random = new byte[RANDOM_LENGTH];
        fields.get(random);
        return new Challenge(UuidV7.of(issuedAt, random), purpose, origin, issuedAt, expiresAt);
    }

    /**
     * The bytes of a nonce; empty if the text is not base64url. A nonce has one spelling, because 66 bytes need no
     * padding and leave no unused bits.
     */
    private static byte[] decode(String nonce) {
        try {
            return Base64.getUrlDecoder().decode(nonce);
        } catch (IllegalArgumentException notBase64) {
            return new byte[0];
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static ApiError unknown() {
        return ApiError.of(
                ErrorCode.CHALLENGE_UNKNOWN,
                "The challenge was not issued by this server for this address. Request a new one.");
    }
}
